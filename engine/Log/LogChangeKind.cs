namespace RaftEngine.Log;

/// <summary>What happened to a log that is followed, other than that it grew.</summary>
internal enum LogChangeKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Records that were shown have been replaced, or removed: a leader's log was another one (Raft §5.3).</summary>
    Truncated,

    /// <summary>Records that were not shown yet are gone: the log was compacted, or begins anew behind a snapshot.</summary>
    Skipped,

    /// <summary>Behind the last record lies what is no record, and stays so: a write that never finished.</summary>
    Torn,
}
