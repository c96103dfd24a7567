using RaftEngine.Protocol;

namespace RaftEngine.Tests.Consensus;

/// <summary>A message with the entries that it carries; a snapshot with all that it stands for, and the configuration there.</summary>
internal readonly record struct Envelope(Message Message, LogItem[] Items, Configuration? Configuration = null);
