namespace RaftEngine.Simulate.Simulation;

/// <summary>An entry that a state machine has applied.</summary>
/// <param name="Index">Its index.</param>
/// <param name="Term">Its term.</param>
/// <param name="Number">The command's number.</param>
/// <param name="Digest">The digest of everything applied up to it.</param>
internal readonly record struct LogEntryDigest(long Index, long Term, ulong Number, ulong Digest);
