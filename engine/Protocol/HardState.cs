namespace RaftEngine.Protocol;

/// <summary>
/// What a node must have on disk before it answers anything that depends on it (Raft Figure 2, persistent state):
/// the latest term it has seen and whom it voted for in that term.
/// </summary>
/// <param name="Term">The latest term seen; 0 before the first.</param>
/// <param name="Vote">The candidate voted for in <paramref name="Term"/>; 0 is none.</param>
public readonly record struct HardState(long Term, ulong Vote);
