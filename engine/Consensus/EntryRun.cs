namespace RaftEngine.Consensus;

/// <summary>A run of entries of one term that one message can carry.</summary>
/// <param name="LastIndex">The index of the last entry.</param>
/// <param name="Term">The term of every entry.</param>
/// <param name="SizeInBytes">The size of all of them, in bytes.</param>
internal readonly record struct EntryRun(long LastIndex, long Term, int SizeInBytes);
