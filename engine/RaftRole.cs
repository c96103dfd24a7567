namespace RaftEngine;

/// <summary>The role of a node in its cluster (Raft §5.1; pre-candidate: thesis §9.6).</summary>
public enum RaftRole
{
    /// <summary>Follows a leader, or waits for one.</summary>
    Follower = 0,

    /// <summary>Asks whether it could win an election, without disturbing anyone.</summary>
    PreCandidate = 1,

    /// <summary>Stands for election.</summary>
    Candidate = 2,

    /// <summary>Leads its term.</summary>
    Leader = 3,
}
