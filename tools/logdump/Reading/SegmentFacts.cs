using System;
using RaftEngine.Log;

namespace RaftEngine.LogDump.Reading;

/// <summary>What a segment holds.</summary>
/// <param name="Segment">The file, by its header.</param>
/// <param name="LastIndex">The index of its last record; one less than its first index if it has none.</param>
/// <param name="EndOffset">Where its last record ends.</param>
/// <param name="HasTable">True if a table of offsets lies beside it that is whole and belongs to its records.</param>
/// <param name="Damage">What is wrong with its header; null if nothing is. Then only its name and its size are
/// known.</param>
internal sealed record SegmentFacts(LogSegmentInfo Segment, long LastIndex, long EndOffset, bool HasTable,
    LogCorruptedException? Damage = null)
{
    public long Records => LastIndex - Segment.FirstIndex + 1;

    public long RecordBytes => EndOffset - SegmentFormat.HeaderBytes;

    /// <summary>How much of the file records may take: all but the header's page and the last mark.</summary>
    public long RoomBytes => Segment.SizeBytes - SegmentFormat.HeaderBytes - TailMark.SizeInBytes;

    public double Fill => Math.Clamp(RecordBytes / (double)Math.Max(1, RoomBytes), 0, 1);
}
