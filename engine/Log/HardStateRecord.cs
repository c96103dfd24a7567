using System;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.Hashing;
using RaftEngine.Protocol;

namespace RaftEngine.Log;

/// <summary>
/// One slot of the hard state file. The file has two, each a page of 4096 bytes, little-endian:
/// <code>
///   offset size
///        0    8  magic, "RAFTHARD"
///        8    4  format version, 2
///       12    4  recoveries: how often the directory was made a cluster of its own after a lost quorum
///       16    8  sequence, grows by one with every change
///       24    8  term
///       32    8  vote, a node id; 0 is none
///       40    8  node id
///       48    8  group id
///       56   16  cluster id, in the order in which it is written as text
///       72   16  log id, likewise
///       88    4  how the directory began: 0 not known, 1 bootstrapped with the voters below, 2 joined
///       92    4  number of voters, 0 to 15; 0 unless it bootstrapped
///       96  120  the voters, ascending node ids; zero behind the last
///      216    8  CRC-64 of bytes 0..216
///      224 3872  zero
/// </code>
/// Version 1 ends with a CRC-64 of bytes 0..88 at offset 88, and zeros; how such a directory began is not known.
/// </summary>
/// <param name="Sequence">The higher one is the newer one.</param>
/// <param name="State">Term and vote.</param>
/// <param name="Owner">Whose directory this is.</param>
/// <param name="Recoveries">How often it was recovered after a lost quorum.</param>
/// <param name="Origin">How the directory began.</param>
/// <param name="FirstVoters">The configuration that it bootstrapped with; null if it did not, or that is not known.</param>
internal readonly record struct HardStateRecord(
    long Sequence, HardState State, LogOwner Owner, uint Recoveries = 0, DirectoryOrigin Origin = DirectoryOrigin.Unknown, Configuration? FirstVoters = null)
{
    public const int SlotBytes = 4096;

    private const ulong RecoveryStep = 0x9E37_79B9_7F4A_7C15; // odd, with bits all over: each recovery gives a number that differs from all before
    private const ulong Magic = 0x4452_4148_5446_4152; // "RAFTHARD"
    private const uint Version = 2;
    private const int VotersOffset = 96;
    private const int CrcOffset = VotersOffset + (Configuration.MaxVoters * sizeof(ulong));

    private const uint FirstVersion = 1;
    private const int FirstCrcOffset = 88;

    /// <summary>
    /// A random number that names the directory in configurations and messages; never 0, which says nothing. A recovery changes it: to the members of before, the node is
    /// another one.
    /// </summary>
    public ulong Incarnation => unchecked(BinaryPrimitives.ReadUInt64LittleEndian(Owner.LogId.ToByteArray()) + (Recoveries * RecoveryStep)) | 1;

    /// <summary>True if the directory began the cluster, and was not recovered since: it is the member that a configuration means which does not know the member's
    /// incarnation. Where that was not written down, it is believed.</summary>
    public bool IsFounder => Origin != DirectoryOrigin.Joined && Recoveries == 0;

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
        ImmutableArray<ulong> voters = FirstVoters?.Voters ?? [];
        BinaryPrimitives.WriteUInt32LittleEndian(slot[88..], (uint)Origin);
        BinaryPrimitives.WriteInt32LittleEndian(slot[92..], voters.Length);
        for (int i = 0; i < voters.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(slot[(VotersOffset + (i * sizeof(ulong)))..], voters[i]);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(slot[CrcOffset..], Crc64.HashToUInt64(slot[..CrcOffset]));
    }

    /// <summary>The slot's record; null if it is not as it was written.</summary>
    /// <exception cref="DataDirectoryException">A newer version wrote it.</exception>
    public static HardStateRecord? Read(ReadOnlySpan<byte> slot, string directory)
    {
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(slot[8..]);
        int crcOffset = version == FirstVersion ? FirstCrcOffset : CrcOffset;
        if (BinaryPrimitives.ReadUInt64LittleEndian(slot) != Magic
            || BinaryPrimitives.ReadUInt64LittleEndian(slot[crcOffset..]) != Crc64.HashToUInt64(slot[..crcOffset])
            || slot[(crcOffset + 8)..].ContainsAnyExcept((byte)0))
        {
            return null;
        }

        if (version is not (FirstVersion or Version))
        {
            throw new DataDirectoryException(
                directory, Release.CannotRead("the format of the hard state", version, $"versions {FirstVersion} and {Version}"));
        }

        DirectoryOrigin origin = version == FirstVersion ? default : (DirectoryOrigin)BinaryPrimitives.ReadUInt32LittleEndian(slot[88..]);
        Configuration? firstVoters = origin == DirectoryOrigin.Bootstrapped ? ReadVoters(slot) : null;
        if (origin > DirectoryOrigin.Joined || (origin == DirectoryOrigin.Bootstrapped && firstVoters is null))
        {
            return null;
        }

        return new HardStateRecord(
            BinaryPrimitives.ReadInt64LittleEndian(slot[16..]),
            new HardState(BinaryPrimitives.ReadInt64LittleEndian(slot[24..]), BinaryPrimitives.ReadUInt64LittleEndian(slot[32..])),
            new LogOwner(
                SegmentFormat.ReadGuid(slot[56..]),
                BinaryPrimitives.ReadUInt64LittleEndian(slot[48..]),
                BinaryPrimitives.ReadUInt64LittleEndian(slot[40..]),
                SegmentFormat.ReadGuid(slot[72..])),
            BinaryPrimitives.ReadUInt32LittleEndian(slot[12..]),
            origin,
            firstVoters);
    }

    private static Configuration? ReadVoters(ReadOnlySpan<byte> slot)
    {
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(slot[92..]);
        if (count is 0 or > Configuration.MaxVoters)
        {
            return null;
        }

        ulong[] voters = new ulong[count];
        for (int i = 0; i < voters.Length; i++)
        {
            voters[i] = BinaryPrimitives.ReadUInt64LittleEndian(slot[(VotersOffset + (i * sizeof(ulong)))..]);
            if (voters[i] == 0 || (i > 0 && voters[i] <= voters[i - 1]))
            {
                return null;
            }
        }

        return new Configuration(voters);
    }
}
