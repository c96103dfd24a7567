using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Budget;

/// <summary>What all turns of a setting have shown, in one network and under one load.</summary>
internal sealed record WindowRun
{
    private const double Goal = 0.8;

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

    /// <summary>The throughput of the default by that of the best of the others, within each round. The best of several medians is a little too good by chance: that is to
    /// the default's disadvantage.</summary>
    /// <param name="runs">In the same network, under the same load.</param>
    /// <returns>Null if there is nothing to compare: a setting that stood still in any turn is no best one.</returns>
    public static Row? DefaultByBestFixed(IReadOnlyList<WindowRun> runs)
    {
        WindowRun? ours = runs.FirstOrDefault(static run => run.Setting == Budget.Setting.Default.Name);
        WindowRun? best = runs.Where(run => run != ours && run.Turns.All(static turn => turn.OpsPerSecond > 0)).MaxBy(static run => run.OpsPerSecond);
        return ours is null || best is null
            ? null
            : Rounds.Of(ours.Turns.Select(static turn => turn.OpsPerSecond), best.Turns.Select(static turn => turn.OpsPerSecond)).OursByBaseline(
                $"{ours.Network}, {ours.Payload} B, {ours.Concurrency} callers: default by the best fixed, {best.Setting}", "ops/s", Goal, Row.AtLeast);
    }

    private double Median(Func<WindowTurn, double> figure) => Math.Round(Rounds.Quantile(Turns.Select(figure), 0.5), 3);
}
