using System;

namespace RaftEngine.Simulate.Simulation;

/// <summary>What a cluster lives in, and with: for one who compares settings. Messages keep their order, as on a connection.</summary>
internal sealed record Climate
{
    /// <summary>How long every message takes at least.</summary>
    public required TimeSpan LeastDelay { get; init; }

    /// <summary>How long a message takes beyond that, on average, exponentially distributed.</summary>
    public required TimeSpan MeanJitter { get; init; }

    /// <summary>The share of messages that get lost and are sent again by the connection, after <see cref="Retransmission"/>; what follows on it waits for them.</summary>
    public double Loss { get; init; }

    public TimeSpan Retransmission { get; init; }

    /// <summary>How long a sync takes, on average, exponentially distributed.</summary>
    public required TimeSpan MeanSync { get; init; }

    public required TimeSpan ElectionTimeout { get; init; }

    public required TimeSpan MaxElectionTimeout { get; init; }

    public required TimeSpan HeartbeatInterval { get; init; }
}
