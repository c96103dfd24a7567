using System;

namespace RaftEngine;

/// <summary>Who a node is: what every connection and every frame is checked against.</summary>
/// <param name="ClusterId">The cluster; nodes of different clusters refuse each other.</param>
/// <param name="GroupId">The Raft group within the cluster.</param>
/// <param name="NodeId">The node, not 0.</param>
/// <param name="Incarnation">The data directory's random id: a node id that comes back with another one is not the same node.</param>
public readonly record struct RaftIdentity(Guid ClusterId, ulong GroupId, ulong NodeId, Guid Incarnation)
{
    /// <summary>What the node tells its peers of itself at first contact; null from a node that tells nothing.</summary>
    public RaftHandshake? Handshake { get; init; }
}
