using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Budget;

/// <summary>What all turns of a setting have shown, in one network and under one load.</summary>
internal sealed record WindowRun
{
    /// <summary>The network, in words.</summary>
    public required string Network { get; init; }

    /// <summary>What its links do; null if nodes reach each other directly.</summary>
    public required LinkDelay? Link { get; init; }

    /// <summary>Bytes of a command.</summary>
    public required int Payload { get; init; }

    /// <summary>Callers in a closed loop.</summary>
    public required int Concurrency { get; init; }

    /// <summary>Fsync, Interval or None.</summary>
    public required string Durability { get; init; }

    /// <summary>The setting.</summary>
    public required string Setting { get; init; }

    /// <summary>Every turn, in order.</summary>
    public required IReadOnlyList<WindowTurn> Turns { get; init; }

    /// <summary>The median of the turns: commands that ended, a second.</summary>
    public double OpsPerSecond => Median(static turn => turn.OpsPerSecond);

    /// <summary>The median of the turns: latency that half of the commands did not exceed.</summary>
    public double P50Milliseconds => Median(static turn => turn.P50Milliseconds);

    /// <summary>The median of the turns: latency that 99% did not exceed.</summary>
    public double P99Milliseconds => Median(static turn => turn.P99Milliseconds);

    /// <summary>Terms that began, in all turns.</summary>
    public long Elections => Turns.Sum(static turn => turn.Elections);

    /// <summary>Commands that failed, in all turns.</summary>
    public long Failures => Turns.Sum(static turn => turn.Failures);

    /// <summary>The most bytes that were on one link at once, one way, in any turn.</summary>
    public long MostLinkBytes => Turns.Max(static turn => turn.MostLinkBytes);

    private double Median(Func<WindowTurn, double> figure) => Math.Round(Rounds.Quantile(Turns.Select(figure), 0.5), 3);
}
