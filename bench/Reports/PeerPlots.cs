using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Bench.Peers;

namespace RaftEngine.Bench.Reports;

/// <summary>The pictures of a comparison with other systems.</summary>
internal static class PeerPlots
{
    /// <summary>The comparison that a reader of the README looks for: three nodes that sync, beside three nodes that sync.</summary>
    private const string ReadmeGroup = "three-durable-nodes";

    /// <summary>Two for each group of systems that did the same work.</summary>
    public static IEnumerable<Plot> Of(IReadOnlyList<PeerRun> runs)
    {
        foreach (IGrouping<string, PeerRun> group in runs.GroupBy(static run => run.Group))
        {
            yield return new Plot(
                $"peers-{group.Key}-throughput.svg",
                ChartOf(group, "Durable writes a second, by clients", "writes a second", static run => run.OpsPerSecond, isLog: false),
                IsForReadme: group.Key == ReadmeGroup);
            yield return new Plot(
                $"peers-{group.Key}-p99.svg",
                ChartOf(group, "Latency of a durable write at p99, by clients", "microseconds", static run => run.P99Micros, isLog: true));
        }
    }

    private static LineChart ChartOf(IGrouping<string, PeerRun> group, string title, string unit, Func<PeerRun, double> value, bool isLog) => new()
    {
        Title = title,
        Subtitle = $"{group.Key}; every write synced before it is acknowledged; values of {group.First().Payload} B",
        XTitle = "clients, each with one write on its way",
        YTitle = unit,
        IsLog = isLog,
        Lines =
        [
            .. group.GroupBy(static run => (run.System, run.Nodes)).Select(system => new Series(
                $"{system.Key.System}, {system.Key.Nodes} {(system.Key.Nodes == 1 ? "node" : "nodes")}",
                [.. system.OrderBy(static run => run.Clients).Select(run => ((double)run.Clients, value(run)))])),
        ],
    };
}
