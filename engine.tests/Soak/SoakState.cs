using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.IO.Hashing;
using System.Linq;
using System.Threading;

namespace RaftEngine.Tests.Soak;

/// <summary>
/// Keeps the highest number that each client has written, how often it wrote, and a digest of all commands. A command
/// is <c>i32 client, i32 number</c>, and any bytes after that.
/// </summary>
internal sealed class SoakState : ISnapshotStateMachine<long>, IResultFormat<long>
{
    public const int HeaderBytes = 8;

    /// <summary>Makes snapshots worth sending in pieces.</summary>
    private const int FillerBytes = 512 << 10;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, (int Highest, int Count)> _clients = [];
    private ulong _digest;

    public static byte[] Command(int client, int number, int size)
    {
        byte[] command = new byte[HeaderBytes + size];
        BinaryPrimitives.WriteInt32LittleEndian(command, client);
        BinaryPrimitives.WriteInt32LittleEndian(command.AsSpan(4), number);
        command.AsSpan(HeaderBytes).Fill((byte)number);
        return command;
    }

    /// <summary>The highest number that a client has written, and how many commands of it have been applied.</summary>
    public (int Highest, int Count) Of(int client)
    {
        lock (_lock)
        {
            return _clients.GetValueOrDefault(client);
        }
    }

    /// <summary>All of the state, to compare with another's.</summary>
    public string Describe()
    {
        lock (_lock)
        {
            return $"{_digest:x16} " + string.Join(' ', _clients.Select(static client => $"{client.Key}:{client.Value}"));
        }
    }

    public long Apply(in LogEntry entry)
    {
        int client = BinaryPrimitives.ReadInt32LittleEndian(entry.Payload);
        int number = BinaryPrimitives.ReadInt32LittleEndian(entry.Payload[4..]);
        lock (_lock)
        {
            (int highest, int count) = _clients.GetValueOrDefault(client);
            _clients[client] = (Math.Max(highest, number), count + 1);
            _digest = (_digest ^ XxHash3.HashToUInt64(entry.Payload, entry.Index)) * 0x9E37_79B9_7F4A_7C15;
            return number;
        }
    }

    public Action<Stream> CaptureSnapshot()
    {
        lock (_lock)
        {
            ulong digest = _digest;
            KeyValuePair<int, (int Highest, int Count)>[] clients = [.. _clients];
            return stream =>
            {
                using BinaryWriter writer = new(stream, System.Text.Encoding.UTF8, leaveOpen: true);
                writer.Write(digest);
                writer.Write(clients.Length);
                foreach ((int client, (int highest, int count)) in clients)
                {
                    writer.Write(client);
                    writer.Write(highest);
                    writer.Write(count);
                }

                writer.Write(new byte[FillerBytes]);
            };
        }
    }

    public void RestoreSnapshot(Stream stream)
    {
        using BinaryReader reader = new(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        lock (_lock)
        {
            _digest = reader.ReadUInt64();
            _clients.Clear();
            for (int left = reader.ReadInt32(); left > 0; left--)
            {
                _clients[reader.ReadInt32()] = (reader.ReadInt32(), reader.ReadInt32());
            }

            reader.ReadBytes(FillerBytes);
        }
    }

    public void WriteResult(long result, IBufferWriter<byte> destination)
    {
        BinaryPrimitives.WriteInt64LittleEndian(destination.GetSpan(sizeof(long)), result);
        destination.Advance(sizeof(long));
    }

    public long ReadResult(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(bytes);
}
