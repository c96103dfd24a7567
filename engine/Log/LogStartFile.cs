using System;
using System.Buffers.Binary;
using System.IO.Hashing;
using RaftEngine.Protocol;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// Where the log begins, on disk: the moment at which a prefix, or a whole log, is gone is the moment at which this says so. Two slots of 4096 bytes, written and synced one
/// after the other, from the first day on so that it takes no room on a full disk. Each, little-endian:
/// <code>
///   offset size
///        0    8  magic, "RAFTBEGN"
///        8    4  format version, 1
///       12    4  zero
///       16    8  sequence, grows by one with every change
///       24    8  first index
///       32    8  term of the record before the first
///       40    8  chain value of the record before the first
///       48    8  created stamp of the segment that begins there
///       56   16  log id, in the order in which it is written as text
///       72    8  CRC-64 of bytes 0..72
///       80 4016  zero
/// </code>
/// </summary>
internal static class LogStartFile
{
    public const string Name = "log-start";

    private const string TemporaryName = "log-start.new";
    private const ulong Magic = 0x4E47_4542_5446_4152; // "RAFTBEGN"
    private const uint Version = 1;
    private const int SlotBytes = 4096;
    private const int CrcOffset = 72;

    /// <summary>Reads it; of a directory that has none, the beginning of a log that nothing has been removed from.</summary>
    /// <exception cref="LogCorruptedException">Both slots are damaged, or it is another log's.</exception>
    /// <exception cref="DataDirectoryException">A newer version wrote it.</exception>
    public static LogStart Read(IStorageDirectory directory, Guid logId, ulong firstChainSeed)
    {
        using IStorageFile? file = directory.OpenForReading(Name);
        if (file is null)
        {
            return new LogStart(1, 0, firstChainSeed, 0);
        }

        byte[] slots = new byte[2 * SlotBytes];
        file.Read(slots, 0);
        ReadOnlySpan<byte> slot = Newest(slots);
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(slot[8..]);
        if (version != Version)
        {
            throw new DataDirectoryException(directory.Path, Release.CannotRead($"the format of {Name}", version, $"version {Version}"));
        }

        SegmentFormat.RequireLogId(Name, 56, logId, SegmentFormat.ReadGuid(slot[56..]));
        return new LogStart(
            BinaryPrimitives.ReadInt64LittleEndian(slot[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(slot[32..]),
            BinaryPrimitives.ReadUInt64LittleEndian(slot[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(slot[48..]));
    }

    /// <summary>Makes the file of a directory that has none, and makes damaged or doubtful slots whole. When this returns, what was read is on disk.</summary>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static void MakeWhole(IStorageDirectory directory, Guid logId, in LogStart start)
    {
        byte[] slots = new byte[2 * SlotBytes];
        bool isWhole = false;
        using (IStorageFile? file = directory.OpenForReading(Name))
        {
            if (file is not null && file.Read(slots, 0) == slots.Length && slots.AsSpan(0, SlotBytes).SequenceEqual(slots.AsSpan(SlotBytes)))
            {
                isWhole = true; // equal slots: the first was synced before the second was written
            }
        }

        if (isWhole)
        {
            using IStorageFile file = directory.Open(Name);
            StorageRepair.Rewrite(file, SlotBytes, slots.Length); // but the sync of the second may have failed
            file.Sync();
            return;
        }

        if (Array.IndexOf(directory.List(), Name) >= 0)
        {
            Write(directory, logId, start);
            return;
        }

        using IStorageFile made = directory.Create(TemporaryName);
        WriteSlot(slots, 1, logId, start);
        slots.AsSpan(0, SlotBytes).CopyTo(slots.AsSpan(SlotBytes));
        made.Write(slots, 0);
        made.Sync();
        directory.Rename(TemporaryName, Name);
        directory.Sync();
    }

    /// <summary>Changes it. When this returns the change is on disk; after a crash before, it is either done or not.</summary>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static void Write(IStorageDirectory directory, Guid logId, in LogStart start)
    {
        byte[] slots = new byte[2 * SlotBytes];
        using IStorageFile file = directory.Open(Name);
        file.Read(slots, 0);
        long sequence = BinaryPrimitives.ReadInt64LittleEndian(Newest(slots)[16..]) + 1;
        WriteSlot(slots, sequence, logId, start);
        file.Write(slots.AsSpan(0, SlotBytes), 0);
        file.Sync();
        file.Write(slots.AsSpan(0, SlotBytes), SlotBytes);
        file.Sync();
    }

    private static ReadOnlySpan<byte> Newest(ReadOnlySpan<byte> slots)
    {
        ReadOnlySpan<byte> first = slots[..SlotBytes];
        ReadOnlySpan<byte> second = slots[SlotBytes..];
        bool isFirst = IsValid(first);
        bool isSecond = IsValid(second);
        if (!isFirst && !isSecond)
        {
            throw new LogCorruptedException(Name, 0, 0, "valid log start slots, at least", 1, 0);
        }

        return isFirst && (!isSecond || BinaryPrimitives.ReadInt64LittleEndian(first[16..]) >= BinaryPrimitives.ReadInt64LittleEndian(second[16..])) ? first : second;
    }

    private static bool IsValid(ReadOnlySpan<byte> slot) =>
        BinaryPrimitives.ReadUInt64LittleEndian(slot) == Magic
        && BinaryPrimitives.ReadUInt64LittleEndian(slot[CrcOffset..]) == Crc64.HashToUInt64(slot[..CrcOffset])
        && slot[(CrcOffset + sizeof(ulong))..].IndexOfAnyExcept((byte)0) < 0;

    private static void WriteSlot(Span<byte> slot, long sequence, Guid logId, in LogStart start)
    {
        slot[..SlotBytes].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(slot, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(slot[8..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(slot[16..], sequence);
        BinaryPrimitives.WriteInt64LittleEndian(slot[24..], start.FirstIndex);
        BinaryPrimitives.WriteInt64LittleEndian(slot[32..], start.PreviousTerm);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[40..], start.ChainSeed);
        BinaryPrimitives.WriteInt64LittleEndian(slot[48..], start.CreatedStamp);
        SegmentFormat.WriteGuid(slot[56..], logId);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[CrcOffset..], Crc64.HashToUInt64(slot[..CrcOffset]));
    }
}
