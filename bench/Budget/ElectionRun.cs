using System.Collections.Generic;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Budget;

/// <summary>What a setting has shown of elections, in one network.</summary>
internal sealed record ElectionRun
{
    /// <summary>The network, in words.</summary>
    public required string Network { get; init; }

    /// <summary>What its links do.</summary>
    public required LinkDelay Link { get; init; }

    /// <summary>The setting.</summary>
    public required string Setting { get; init; }

    /// <summary>From when the leader was cut off to when another led, each time.</summary>
    public required IReadOnlyList<double> DetectionMilliseconds { get; init; }

    /// <summary>For how long elections were counted while nothing was cut.</summary>
    public required double WatchedSeconds { get; init; }

    /// <summary>Terms that began in this time.</summary>
    public required long Elections { get; init; }

    /// <summary>Commands that failed in this time.</summary>
    public required long Failures { get; init; }

    /// <summary>Latency that 99% of its commands did not exceed, from when they were due.</summary>
    public required double P99Milliseconds { get; init; }

    /// <summary>The longest latency in this time, from when the command was due.</summary>
    public required double MaxMilliseconds { get; init; }
}
