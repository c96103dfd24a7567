namespace RaftEngine.Samples.Kv.Store;

/// <summary>What time it is on a leader's clock when it proposes a command. It counts only if the command is appended
/// in the same term: by that leader only.</summary>
/// <param name="Term">The term that the leader leads; 0 if the proposer does not lead, and has no say in what time it
/// is.</param>
/// <param name="Elapsed">The log's time, in milliseconds: see <see cref="LogTime"/>.</param>
/// <param name="Unix">The leader's calendar, in Unix milliseconds.</param>
internal readonly record struct KvStamp(long Term, long Elapsed, long Unix);
