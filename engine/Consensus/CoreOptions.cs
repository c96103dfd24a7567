using System;
using RaftEngine.Protocol;

namespace RaftEngine.Consensus;

/// <summary>The core's settings. Units in the names; the bounds are checked where the options are read.</summary>
internal sealed record CoreOptions
{
    public required ulong NodeId { get; init; }

    public required Configuration Configuration { get; init; }

    public required TimeSpan ElectionTimeout { get; init; }

    public required TimeSpan HeartbeatInterval { get; init; }

    public required int MaxMessageBytes { get; init; }

    public required int MaxInflightMessages { get; init; }

    public required int MaxInflightBytes { get; init; }

    /// <summary>Seeds the draws of election timeouts: the core's only randomness.</summary>
    public required ulong Seed { get; init; }
}
