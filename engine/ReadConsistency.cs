namespace RaftEngine;

/// <summary>How fresh the state must be that a read sees after <c>ReadBarrierAsync</c>.</summary>
public enum ReadConsistency
{
    /// <summary>Everything that was acknowledged to anyone before the barrier was asked for is applied (read index, Raft §8). On a follower the leader is asked for the index
    /// (thesis §6.4).</summary>
    Linearizable = 0,

    /// <summary>Whatever this node has applied; may be arbitrarily old on a node that is cut off. Never waits.</summary>
    Local = 1,

    /// <summary>As <see cref="Linearizable"/>, on the leader, and without asking anybody while its lease lasts (thesis §6.4.1): right as long as no two nodes' clocks run apart by
    /// more than a tenth within an election timeout. Without a lease it asks.</summary>
    Lease = 2,
}
