namespace RaftEngine.Samples.Kv.Store;

/// <summary>What the keys that end wait for.</summary>
/// <param name="Elapsed">The log's time, in milliseconds.</param>
/// <param name="Next">When the next key ends, in the log's time.</param>
/// <param name="IsWaiting">True if a key waits for a stamp.</param>
/// <param name="Any">True if any key has an end.</param>
internal readonly record struct KvExpirySummary(long Elapsed, long Next, bool IsWaiting, bool Any);
