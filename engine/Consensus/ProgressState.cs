namespace RaftEngine.Consensus;

/// <summary>How a leader replicates to one peer.</summary>
internal enum ProgressState : byte
{
    /// <summary>Where the peer's log agrees with the leader's is not known: one message at a time finds out (Raft §5.3).</summary>
    Probe = 0,

    /// <summary>It is known: messages follow each other without waiting for answers, as far as the window allows (thesis §10.2.1).</summary>
    Replicate = 1,

    /// <summary>What the peer needs is compacted: it gets a snapshot, and no entries until it has it (Raft §7).</summary>
    Snapshot = 2,
}
