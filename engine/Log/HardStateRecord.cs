using System;
using System.Buffers.Binary;
using System.IO.Hashing;
using RaftEngine.Protocol;

namespace RaftEngine.Log;

/// <summary>
/// One slot of the hard state file. The file has two, each a page of 4096 bytes, little-endian:
/// <code>
///   offset size
///        0    8  magic, "RAFTHARD"
///        8    4  format version, 1
///       12    4  recoveries: how often the directory was made a cluster of its own after a lost quorum
///       16    8  sequence, grows by one with every change
///       24    8  term
///       32    8  vote, a node id; 0 is none
///       40    8  node id
///       48    8  group id
///       56   16  cluster id, in the order in which it is written as text
///       72   16  log id, likewise
///       88    8  CRC-64 of bytes 0..88
///       96 4000  zero
/// </code>
/// </summary>
/// <param name="Sequence">The higher one is the newer one.</param>
/// <param name="State">Term and vote.</param>
/// <param name="Owner">Whose directory this is.</param>
/// <param name="Recoveries">How often it was recovered after a lost quorum.</param>
internal readonly record struct HardStateRecord(long Sequence, HardState State, LogOwner Owner, uint Recoveries = 0)
{
    public const int SlotBytes = 4096;

    private const ulong Magic = 0x4452_4148_5446_4152; // "RAFTHARD"
    private const uint Version = 1;
    private const int CrcOffset = 88;

    /// <summary>Writes the slot.</summary>
    public void Write(Span<byte> slot)
    {
        slot[..SlotBytes].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(slot, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(slot[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(slot[12..], Recoveries);
        BinaryPrimitives.WriteInt64LittleEndian(slot[16..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(slot[24..], State.Term);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[32..], State.Vote);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[40..], Owner.NodeId);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[48..], Owner.GroupId);
        SegmentFormat.WriteGuid(slot[56..], Owner.ClusterId);
        SegmentFormat.WriteGuid(slot[72..], Owner.LogId);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[CrcOffset..], Crc64.HashToUInt64(slot[..CrcOffset]));
    }

    /// <summary>The slot's record; null if it is not as it was written.</summary>
    /// <exception cref="DataDirectoryException">A newer version wrote it.</exception>
    public static HardStateRecord? Read(ReadOnlySpan<byte> slot, string directory)
    {
        if (BinaryPrimitives.ReadUInt64LittleEndian(slot) != Magic || StoredChecksum(slot) != ComputedChecksum(slot) || slot[(CrcOffset + 8)..].ContainsAnyExcept((byte)0))
        {
            return null;
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(slot[8..]);
        if (version != Version)
        {
            throw new DataDirectoryException(directory, $"the hard state has format version {version}; this program reads version {Version}.");
        }

        return new HardStateRecord(
            BinaryPrimitives.ReadInt64LittleEndian(slot[16..]),
            new HardState(BinaryPrimitives.ReadInt64LittleEndian(slot[24..]), BinaryPrimitives.ReadUInt64LittleEndian(slot[32..])),
            new LogOwner(
                SegmentFormat.ReadGuid(slot[56..]),
                BinaryPrimitives.ReadUInt64LittleEndian(slot[48..]),
                BinaryPrimitives.ReadUInt64LittleEndian(slot[40..]),
                SegmentFormat.ReadGuid(slot[72..])),
            BinaryPrimitives.ReadUInt32LittleEndian(slot[12..]));
    }

    private static ulong StoredChecksum(ReadOnlySpan<byte> slot) => BinaryPrimitives.ReadUInt64LittleEndian(slot[CrcOffset..]);

    private static ulong ComputedChecksum(ReadOnlySpan<byte> slot) => Crc64.HashToUInt64(slot[..CrcOffset]);
}
