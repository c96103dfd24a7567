namespace RaftEngine.Consensus;

/// <summary>A read that a follower has asked the leader for.</summary>
/// <param name="NodeId">The follower.</param>
/// <param name="Run">The follower's run.</param>
/// <param name="Number">The follower's number for it.</param>
/// <param name="Round">The round that confirms it.</param>
/// <param name="ReadIndex">The index that answers it.</param>
internal readonly record struct ForwardedRead(ulong NodeId, ulong Run, ulong Number, ulong Round, long ReadIndex);
