namespace RaftEngine.Bench.Peers;

/// <summary>What one system has shown under one load. Times are in microseconds, as its clients saw them.</summary>
internal sealed record PeerRun
{
    /// <summary>What is compared: systems with the same group did the same work.</summary>
    public required string Group { get; init; }

    /// <summary>The system, with its version.</summary>
    public required string System { get; init; }

    /// <summary>How many nodes.</summary>
    public required int Nodes { get; init; }

    /// <summary>What an acknowledged write has survived.</summary>
    public required string Durability { get; init; }

    /// <summary>Who brought the load, and how.</summary>
    public required string Driver { get; init; }

    /// <summary>Bytes of a value, or of a command.</summary>
    public required int Payload { get; init; }

    /// <summary>Clients, each with one write on its way.</summary>
    public required int Clients { get; init; }

    /// <summary>Writes that ended, a second.</summary>
    public required double OpsPerSecond { get; init; }

    /// <summary>Latency that half of the writes did not exceed.</summary>
    public required double P50Micros { get; init; }

    /// <summary>Latency that 99% did not exceed.</summary>
    public required double P99Micros { get; init; }

    /// <summary>The longest latency.</summary>
    public required double MaxMicros { get; init; }
}
