namespace RaftEngine.Log;

/// <summary>Where a log begins, once its beginning has been compacted or it has been reset.</summary>
/// <param name="FirstIndex">The first index; 1 in a log that still has all of its records.</param>
/// <param name="PreviousTerm">The term of the record before; 0 before index 1.</param>
/// <param name="ChainSeed">The chain value of the record before; before index 1, that of the cluster and group.</param>
/// <param name="CreatedStamp">The created stamp of the segment that begins there. What has an earlier one is gone, whether or not its file is. 0 in a new log.</param>
internal readonly record struct LogStart(long FirstIndex, long PreviousTerm, ulong ChainSeed, long CreatedStamp);
