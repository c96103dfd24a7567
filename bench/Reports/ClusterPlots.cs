using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Bench.Cluster;

namespace RaftEngine.Bench.Reports;

/// <summary>The pictures of clusters' runs.</summary>
/// <param name="runs">The runs.</param>
internal sealed class ClusterPlots(IReadOnlyList<ClusterRun> runs)
{
    private const int MostLines = 8;

    private static readonly (double X, string Label)[] ShareMarks =
        [(1, "0%"), (2, "50%"), (10, "90%"), (100, "99%"), (1000, "99.9%"), (10_000, "99.99%"), (100_000, "99.999%")];

    private ClusterRun[] Closed => [.. runs.Where(static run => run.Rate is null)];

    private ClusterRun[] Open => [.. runs.Where(static run => run.Rate is not null)];

    /// <summary>All that there is data for.</summary>
    public IEnumerable<Plot> All() =>
        [
            .. ByConcurrency("throughput", "Commands a second, by callers", "commands a second", static run => run.OpsPerSecond),
            .. ByConcurrency("entries-per-sync", "Entries made durable by one sync, by callers", "entries", static run => run.Durability == "fsync" ? run.EntriesPerSync : 0),
            .. ByConcurrency("allocations", "Bytes allocated for a command by all nodes and callers", "bytes", static run => run.AllocatedBytesPerCommand),
            .. ByConcurrency("processor-time", "Processor time for a command of all nodes and callers", "microseconds", static run => run.CpuMicrosPerCommand),
            .. LatencyByRate(),
            .. Distributions("latency", "Latency of a command, by callers", Closed),
            .. Distributions("latency-at-rates", "Latency of a command, at fixed rates", Open),
        ];

    // A picture for each size of a command and way of carrying it; a line for each kind of cluster.
    private IEnumerable<Plot> ByConcurrency(string name, string title, string unit, Func<ClusterRun, double> value)
    {
        foreach (IGrouping<(int Payload, string Transport), ClusterRun> same in Closed.GroupBy(static run => (run.Payload, run.Transport)))
        {
            ClusterRun[] shown = [.. same.Where(run => value(run) > 0)];
            Series[] lines = [.. shown.GroupBy(static run => (run.Nodes, run.Durability, run.Inline)).Select(kind => new Series(
                $"{Count(kind.Key.Nodes, "node")}, {kind.Key.Durability}{(kind.Key.Inline ? ", inline" : "")}",
                [.. kind.OrderBy(static run => run.Concurrency).Select(run => ((double)run.Concurrency, value(run)))]))];
            lines = [.. lines.Where(static line => line.Points.Count > 1).Take(MostLines)];
            if (lines.Length == 0)
            {
                continue;
            }

            LineChart chart = new()
            {
                Title = title,
                Subtitle = $"durability {string.Join(", ", shown.Select(static run => run.Durability).Distinct())}; commands of {same.Key.Payload} B over {same.Key.Transport}",
                XTitle = "callers, each with one command on its way",
                YTitle = unit,
                Lines = lines,
            };
            yield return new Plot($"{name}-{same.Key.Transport}-{same.Key.Payload}.svg", chart);
        }
    }

    // A picture for each kind of cluster and size of a command: what latency becomes as the load comes near to what the cluster can do.
    private IEnumerable<Plot> LatencyByRate()
    {
        foreach (IGrouping<(string Title, int Payload), ClusterRun> same in Open.GroupBy(static run => (ClusterTable.TitleOf(run), run.Payload)))
        {
            ClusterRun[] byRate = [.. same.OrderBy(static run => run.Rate)];
            if (byRate.Length < 2)
            {
                continue;
            }

            List<Series> lines =
            [
                LineOf("p50", byRate, static run => run.P50Micros),
                LineOf("p99", byRate, static run => run.P99Micros),
                LineOf("p99.9", byRate, static run => run.P999Micros),
            ];
            if (byRate[0].FloorMicros is not null)
            {
                lines.Add(LineOf("floor of the machine", byRate, static run => run.FloorMicros ?? 0) with { IsReference = true });
            }

            LineChart chart = new()
            {
                Title = "Latency, by the load that is offered",
                Subtitle = $"{same.Key.Title}; commands of {same.Key.Payload} B; from when a command was due",
                XTitle = "commands due a second",
                YTitle = "microseconds",
                IsLog = true,
                Lines = lines,
            };
            yield return new Plot($"latency-by-rate-{SlugOf(byRate[0])}-{same.Key.Payload}.svg", chart);
        }
    }

    // A picture for each kind of cluster; of the sizes of commands, the one nearest to 256 B.
    private static IEnumerable<Plot> Distributions(string name, string title, ClusterRun[] from)
    {
        foreach (IGrouping<string, ClusterRun> kind in from.GroupBy(ClusterTable.TitleOf))
        {
            int payload = kind.MinBy(static run => Math.Abs(Math.Log2(run.Payload / 256.0)))!.Payload;
            ClusterRun[] shown = [.. kind.Where(run => run.Payload == payload).Take(MostLines - 1)];
            List<Series> lines = [.. shown.Select(static run => new Series(ClusterTable.LoadOf(run), [.. PointsOf(run)]))];
            if (shown[0].FloorMicros is { } floor)
            {
                lines.Add(new Series("floor of the machine", [(1, floor), (lines.Max(static line => line.Points[^1].X), floor)], IsReference: true));
            }

            double most = lines.Max(static line => line.Points[^1].X);
            LineChart chart = new()
            {
                Title = title,
                Subtitle = $"{kind.Key}; commands of {payload} B",
                XTitle = "share of the commands that took no longer",
                YTitle = "microseconds",
                IsLog = true,
                XMarks = [.. ShareMarks.Where(mark => mark.X <= Math.Max(most, 2) * 1.01)],
                Lines = lines,
            };
            yield return new Plot($"{name}-{SlugOf(shown[0])}-{payload}.svg", chart);
        }
    }

    // No further out than there were commands.
    private static IEnumerable<(double X, double Y)> PointsOf(ClusterRun run) =>
        from point in run.Distribution
        let outOf = 1 / (1 - (point.Percent / 100))
        where point.Percent < 100 && (outOf <= run.Commands || point.Percent == 0)
        select (outOf, point.Micros);

    private static Series LineOf(string name, ClusterRun[] byRate, Func<ClusterRun, double> value) => new(name, [.. byRate.Select(run => ((double)run.Rate!, value(run)))]);

    private static string SlugOf(ClusterRun run) => $"{run.Nodes}-{run.Transport}-{run.Durability}{(run.Inline ? "-inline" : "")}";

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
