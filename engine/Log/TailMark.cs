using System;
using System.Buffers.Binary;
using System.IO.Hashing;

namespace RaftEngine.Log;

/// <summary>
/// The mark behind the last record of every write. It goes out in the same write as the records, and the next group's first record overwrites it. Little-endian:
/// <code>
///   offset size
///        0    4  0xFFFFFFFF, a length that no record has
///        4    4  the most bytes that may be written but not yet synced; 0 if there is no such bound; 0xFFFFFFFF in a
/// seal
///        8    8  offset of this mark in the file
///       16    8  sequence, grows by one with every mark of this log
///       24    8  synced through: the offset known to be on disk when this mark was written
///       32    8  created stamp of this segment's header
///       40    8  CRC-64 of the 40 bytes before
/// </code>
/// Of two marks in one segment, the one of the higher sequence claims at least as much: a truncation, the only thing that takes a claim back, erases the old mark first.
/// </summary>
/// <param name="Offset">Where it stands.</param>
/// <param name="Sequence">The higher one is the newer one.</param>
/// <param name="SyncedThrough">What is before this offset was on disk.</param>
/// <param name="UnsyncedBound">What may have been lost, at most, in bytes; 0 if there is no bound.</param>
internal readonly record struct TailMark(long Offset, long Sequence, long SyncedThrough, uint UnsyncedBound)
{
    public const int SizeInBytes = 48;

    private const uint SealBound = uint.MaxValue;
    private const uint Prefix = 0xFFFF_FFFF;
    private const int CrcOffset = 40;

    /// <summary>True for the last mark of a full segment, which is written once the segment behind it has its name on
    /// disk: if none is there, it has been lost.</summary>
    public bool IsSeal => UnsyncedBound == SealBound;

    /// <summary>The seal of a segment whose records end at an offset.</summary>
    public static TailMark Seal(long end, long sequence) => new(end, sequence, end, SealBound);

    /// <summary>Writes the mark.</summary>
    public void Write(Span<byte> space, long createdStamp)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(space, Prefix);
        BinaryPrimitives.WriteUInt32LittleEndian(space[4..], UnsyncedBound);
        BinaryPrimitives.WriteInt64LittleEndian(space[8..], Offset);
        BinaryPrimitives.WriteInt64LittleEndian(space[16..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(space[24..], SyncedThrough);
        BinaryPrimitives.WriteInt64LittleEndian(space[32..], createdStamp);
        BinaryPrimitives.WriteUInt64LittleEndian(space[CrcOffset..], Crc64.HashToUInt64(space[..CrcOffset]));
    }

    /// <summary>True if what stands at the offset begins as a mark does.</summary>
    public static bool MayStandAt(ReadOnlySpan<byte> segment, int offset) =>
        offset <= segment.Length - SizeInBytes && BinaryPrimitives.ReadUInt32LittleEndian(segment[offset..]) == Prefix;

    /// <summary>True if a valid mark of this life of the segment stands at the offset.</summary>
    public static bool TryRead(ReadOnlySpan<byte> segment, int offset, long createdStamp, out TailMark mark)
    {
        mark = default;
        if (!MayStandAt(segment, offset))
        {
            return false;
        }

        // A copy: on a live directory the bytes may change between the check and the use.
        Span<byte> bytes = stackalloc byte[SizeInBytes];
        segment.Slice(offset, SizeInBytes).CopyTo(bytes);
        mark = new TailMark(
            BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]));
        bool isValid = mark.Offset == offset
            && BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]) == createdStamp
            && mark.SyncedThrough >= SegmentFormat.HeaderBytes
            && mark.SyncedThrough <= offset
            && BinaryPrimitives.ReadUInt64LittleEndian(bytes[CrcOffset..]) == Crc64.HashToUInt64(bytes[..CrcOffset]);
        mark = isValid ? mark : default; // the content of an invalid mark must not be reported
        return isValid;
    }
}
