namespace RaftEngine.Consensus;

/// <summary>A node's role (Raft §5.1); the pre-candidate is thesis §9.6's.</summary>
internal enum Role : byte
{
    Follower = 0,
    PreCandidate = 1,
    Candidate = 2,
    Leader = 3,
}
