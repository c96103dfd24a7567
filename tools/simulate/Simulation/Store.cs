using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace RaftEngine.Simulate.Simulation;

/// <summary>
/// The state machine: a few slots with a value each, and a digest of everything ever applied. A slot starts anew, empty, with each generation, so that no key has a long history,
/// and the state stays small.
/// </summary>
internal sealed class Store(int fillerBytes, Action<LogEntryDigest> applied) : ISnapshotStateMachine<ulong>, IResultFormat<ulong>
{
    private readonly SortedDictionary<int, (int Generation, string Value)> _slots = [];
    private ulong _digest;
    private long _index;

    public ulong Apply(in LogEntry entry)
    {
        Command command = Command.Read(entry.Payload);
        (int generation, string value) = _slots.GetValueOrDefault(command.Slot, (0, ""));
        if (command.Generation >= generation)
        {
            string before = command.Generation == generation ? value : "";
            _slots[command.Slot] = (command.Generation, command.IsAppend ? before + command.Value : command.Value);
        }

        _index = entry.Index;
        _digest = Mix(Mix(Mix(_digest, (ulong)entry.Index), (ulong)entry.Term), command.Number);
        applied(new LogEntryDigest(entry.Index, entry.Term, command.Number, _digest));
        return _digest;
    }

    /// <summary>The value under a key; null if the slot has gone on to another generation.</summary>
    public string? Read(int slot, int generation)
    {
        (int current, string value) = _slots.GetValueOrDefault(slot, (0, ""));
        return current > generation ? null : current == generation ? value : "";
    }

    public Action<Stream> CaptureSnapshot()
    {
        ulong digest = _digest;
        long index = _index;
        KeyValuePair<int, (int Generation, string Value)>[] slots = [.. _slots];
        return stream =>
        {
            using BinaryWriter writer = new(stream, Encoding.UTF8, leaveOpen: true);
            writer.Write(digest);
            writer.Write(index);
            writer.Write(slots.Length);
            foreach ((int slot, (int generation, string value)) in slots)
            {
                writer.Write(slot);
                writer.Write(generation);
                writer.Write(value);
            }

            byte[] filler = new byte[fillerBytes];
            Array.Fill(filler, (byte)digest);
            writer.Write(filler.Length);
            writer.Write(filler);
        };
    }

    public void RestoreSnapshot(Stream stream)
    {
        using BinaryReader reader = new(stream, Encoding.UTF8, leaveOpen: true);
        _digest = reader.ReadUInt64();
        _index = reader.ReadInt64();
        _slots.Clear();
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            _slots[reader.ReadInt32()] = (reader.ReadInt32(), reader.ReadString());
        }

        if (reader.ReadBytes(reader.ReadInt32()).AsSpan().ContainsAnyExcept((byte)_digest))
        {
            throw new ViolationException("A snapshot does not read as it was written.");
        }
    }

    public void WriteResult(ulong result, IBufferWriter<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination.GetSpan(sizeof(ulong)), result);
        destination.Advance(sizeof(ulong));
    }

    public ulong ReadResult(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    private static ulong Mix(ulong digest, ulong value)
    {
        digest = (digest ^ value) * 0x9E37_79B9_7F4A_7C15;
        return digest ^ (digest >> 31);
    }
}
