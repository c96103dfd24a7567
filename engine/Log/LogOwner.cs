using System;

namespace RaftEngine.Log;

/// <summary>Whose data directory it is.</summary>
/// <param name="ClusterId">The cluster.</param>
/// <param name="GroupId">The Raft group in the cluster.</param>
/// <param name="NodeId">The node.</param>
/// <param name="LogId">Random for each directory: a node that comes back with another one has lost its log.</param>
public readonly record struct LogOwner(Guid ClusterId, ulong GroupId, ulong NodeId, Guid LogId);
