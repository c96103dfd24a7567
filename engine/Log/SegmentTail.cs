namespace RaftEngine.Log;

/// <summary>What lies behind the last record of a log's last segment.</summary>
/// <param name="NewestMark">The valid mark of the highest sequence there; its sequence is 0 if there is none.</param>
/// <param name="TornBytes">How much of a write that never finished lies there, in bytes.</param>
/// <param name="LastWritten">The offset from which on the file is zero.</param>
internal readonly record struct SegmentTail(TailMark NewestMark, int TornBytes, int LastWritten);
