using RaftEngine.Protocol;

namespace RaftEngine.Tests.Consensus;

/// <summary>An entry of a log in memory: a command with a value, or a configuration.</summary>
internal readonly record struct LogItem(long Term, long Value, Configuration? Configuration = null);
