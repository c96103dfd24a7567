namespace RaftEngine.LogDump.Reading;

/// <summary>How large a log was at a time.</summary>
/// <param name="TimeMilliseconds">The log's time.</param>
/// <param name="Index">The index of the last record.</param>
/// <param name="RecordBytes">What the records up to there take on disk, from the first one in the log.</param>
internal readonly record struct GrowthPoint(long TimeMilliseconds, long Index, long RecordBytes);
