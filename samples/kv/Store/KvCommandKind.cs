namespace RaftEngine.Samples.Kv.Store;

/// <summary>What a command in the log does. The values are on disk: never change one, never give one away
/// again.</summary>
internal enum KvCommandKind : byte
{
    /// <summary>Sets one key, perhaps on a condition.</summary>
    Set = 1,

    /// <summary>Removes keys.</summary>
    Delete = 2,

    /// <summary>Adds to a key's integer.</summary>
    IncrementBy = 3,

    /// <summary>Appends to a key's value.</summary>
    Append = 4,

    /// <summary>Sets several keys at once.</summary>
    SetMany = 5,

    /// <summary>One call of an operation, in any database.</summary>
    Call = 6,

    /// <summary>Calls that are applied together, if no watched key has changed.</summary>
    Transaction = 7,

    /// <summary>Nothing but the time on the leader's clock.</summary>
    Stamp = 8,

    /// <summary>Where a replica is that is about to be added.</summary>
    Member = 9,
}
