namespace RaftEngine.Log;

/// <summary>A run of records that lie in one piece in one segment and all have the same term.</summary>
/// <param name="LastIndex">The index of the last record.</param>
/// <param name="Term">The term of every record.</param>
/// <param name="SizeInBytes">The length of the run, in bytes.</param>
internal readonly record struct LogRun(long LastIndex, long Term, int SizeInBytes);
