namespace RaftEngine.Consensus;

/// <summary>What became of a request for another configuration.</summary>
internal enum ChangeResult : byte
{
    /// <summary>The change has begun: append the entry now.</summary>
    Accepted = 0,

    /// <summary>Only a leader changes the configuration.</summary>
    NotLeader = 1,

    /// <summary>The leader has not committed an entry of its own term yet; until then a change is not safe (Ongaro's correction of thesis §4.1). Try
    /// again shortly.</summary>
    TermNotCommitted = 2,

    /// <summary>The change before is not complete: one at a time (thesis §4.1).</summary>
    ChangeInProgress = 3,

    /// <summary>Leadership is being handed over.</summary>
    TransferInProgress = 4,

    /// <summary>The configuration is that already. A learner that the leader has given up on is tried once more.</summary>
    Unchanged = 5,

    /// <summary>The old and the new members together are too many: do it in two changes.</summary>
    TooManyMembers = 6,
}
