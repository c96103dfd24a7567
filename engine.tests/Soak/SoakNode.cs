namespace RaftEngine.Tests.Soak;

/// <summary>One run of a node, and the state that it applies to.</summary>
internal sealed record SoakNode(ulong Id, RaftNode<long> Raft, SoakState State)
{
    public RaftRole Role => Raft.Status.Role;
}
