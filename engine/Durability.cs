namespace RaftEngine;

/// <summary>What "durable" means before a node acknowledges an entry. Every benchmark names its mode.</summary>
public enum Durability
{
    /// <summary>The default: an entry is acknowledged once fdatasync has returned for it. An acknowledged command survives the loss of power of
    /// every node.</summary>
    Fsync = 0,

    /// <summary>An entry is acknowledged once it has been written; the file is synced every <see cref="RaftOptions.SyncInterval"/>. An acknowledged command
    /// survives the death of the process, and a loss of power of fewer nodes than a majority at a time.</summary>
    Interval = 1,

    /// <summary>An entry is acknowledged once it has been written; only closing syncs. For tests, caches and comparisons.</summary>
    None = 2,
}
