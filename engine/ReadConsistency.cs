namespace RaftEngine;

/// <summary>How fresh the state must be that a read sees after <c>ReadBarrierAsync</c>.</summary>
public enum ReadConsistency
{
    /// <summary>Everything that was acknowledged to anyone before the barrier was asked for is applied (read index, Raft §8).</summary>
    Linearizable = 0,

    /// <summary>Whatever this node has applied; may be arbitrarily old on a node that is cut off. Never waits.</summary>
    Local = 1,
}
