namespace RaftEngine.Simulate.Simulation;

/// <summary>What a client asks of a node.</summary>
internal enum CallKind
{
    Write,
    OpenSession,
    LeaderRead,
    FollowerRead,
    LeaseRead,
}
