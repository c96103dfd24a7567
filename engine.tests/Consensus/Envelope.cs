using RaftEngine.Protocol;

namespace RaftEngine.Tests.Consensus;

/// <summary>A message and the values of the entries that it carries.</summary>
internal readonly record struct Envelope(Message Message, long[] Values);
