using RaftEngine.Protocol;

namespace RaftEngine.Consensus;

/// <summary>A configuration and where it stands.</summary>
/// <param name="Index">The index of its entry; that of the snapshot, or 0, if it comes from there or from the options.</param>
/// <param name="Configuration">The configuration.</param>
internal readonly record struct LoggedConfiguration(long Index, Configuration Configuration);
