using System;

namespace RaftEngine.Log;

/// <summary>What the first page of a segment says.</summary>
/// <param name="FirstIndex">The index of the segment's first record.</param>
/// <param name="FileSize">The file's size, in bytes.</param>
/// <param name="LogId">The log the segment belongs to; a segment copied in from elsewhere is refused.</param>
/// <param name="CreatedStamp">When the segment was begun, in Unix nanoseconds; grows from segment to segment, so that it also names this life of the file.</param>
/// <param name="PreviousTerm">The term of the record before the first; 0 before index 1.</param>
/// <param name="ChainSeed">The CRC of the record before the first; before index 1, that of the cluster and group.</param>
internal readonly record struct SegmentHeader(long FirstIndex, long FileSize, Guid LogId, long CreatedStamp, long PreviousTerm, ulong ChainSeed);
