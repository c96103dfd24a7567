namespace RaftEngine.Protocol;

/// <summary>
/// How a message contradicts what Raft guarantees of its sender. It changes nothing, and costs the connection. What contradicts this node's own state
/// instead, said by a voter that may lead, stops the node: an entry that differs where this node knows it to be committed or acknowledged, a chain value
/// that differs at an equal index and term, and an acknowledgment of this node's that its log does not have.
/// </summary>
internal enum Contradiction
{
    /// <summary>None.</summary>
    None,

    /// <summary>A term that no elections and recoveries lead to from this node's: see <see cref="Terms.IsWithinReach"/>.</summary>
    TermOutOfReach,

    /// <summary>Its sender leads the current term, which another node leads (Raft §5.2, election safety).</summary>
    SecondLeader,

    /// <summary>It carries or follows an entry of a term that its sender's log cannot have by then, or names its indexes in a wrong order (§5.3).</summary>
    ImpossibleLog,

    /// <summary>It acknowledges an entry that the leader's log does not have (§5.3).</summary>
    AcknowledgesMissingEntry,

    /// <summary>Its sender leads, is no voter that this node knows, and disputes what is committed here (§5.4.3, leader completeness).</summary>
    DisputesCommittedEntry,

    /// <summary>Its sender cannot lead here, and its log has another chain value where this node's has an entry of the same index and term (§5.3, log matching).</summary>
    DisputesChain,
}
