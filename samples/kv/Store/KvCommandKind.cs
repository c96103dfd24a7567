namespace RaftEngine.Samples.Kv.Store;

/// <summary>What a command in the log does. The values are on disk: never change one, never give one away again.</summary>
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
}
