namespace RaftEngine.Log;

/// <summary>What happened to a log that is followed, other than that it grew.</summary>
/// <param name="Kind">What.</param>
/// <param name="FromIndex">The first index concerned.</param>
/// <param name="ToIndex">The last index concerned.</param>
/// <param name="Bytes">Of a torn tail, its size.</param>
internal readonly record struct LogChange(LogChangeKind Kind, long FromIndex = 0, long ToIndex = 0, long Bytes = 0);
