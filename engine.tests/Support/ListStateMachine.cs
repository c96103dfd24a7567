using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading;

namespace RaftEngine.Tests.Support;

/// <summary>Keeps every command as text; a command's result is how many there were before it.</summary>
internal sealed class ListStateMachine : ISnapshotStateMachine<int>, IResultFormat<int>
{
    private readonly Lock _lock = new();
    private readonly List<string> _commands = [];

    public string[] Commands
    {
        get
        {
            lock (_lock)
            {
                return [.. _commands];
            }
        }
    }

    /// <summary>How many commands have been applied one by one, and not restored.</summary>
    public int Applied { get; private set; }

    /// <summary>Called on the thread that writes a captured state, before it does.</summary>
    public Action? BeforeWriting { get; set; }

    public int Apply(in LogEntry entry)
    {
        string command = Encoding.UTF8.GetString(entry.Payload);
        if (command == "poison")
        {
            throw new InvalidOperationException("poisoned");
        }

        lock (_lock)
        {
            Applied++;
            _commands.Add(command);
            return _commands.Count - 1;
        }
    }

    public void WriteResult(int result, IBufferWriter<byte> destination)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination.GetSpan(sizeof(int)), result);
        destination.Advance(sizeof(int));
    }

    public int ReadResult(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt32LittleEndian(bytes);

    public Action<Stream> CaptureSnapshot()
    {
        string[] captured = Commands;
        return stream =>
        {
            BeforeWriting?.Invoke();
            using BinaryWriter writer = new(stream, Encoding.UTF8, leaveOpen: true);
            writer.Write(captured.Length);
            foreach (string command in captured)
            {
                writer.Write(command);
            }
        };
    }

    public void RestoreSnapshot(Stream stream)
    {
        using BinaryReader reader = new(stream, Encoding.UTF8, leaveOpen: true);
        lock (_lock)
        {
            _commands.Clear();
            int count = reader.ReadInt32();
            for (int i = 0; i < count; i++)
            {
                _commands.Add(reader.ReadString());
            }
        }
    }
}
