namespace RaftEngine.Samples.Kv.Store;

/// <summary>What the store holds for a key.</summary>
/// <param name="Value">The value.</param>
/// <param name="Version">The number of the change that wrote it. WATCH compares it: it is the same on every
/// replica.</param>
/// <param name="Expiry">When the key ends; null if it does not.</param>
internal readonly record struct KvItem(KvValue Value, long Version, KvExpiry? Expiry);
