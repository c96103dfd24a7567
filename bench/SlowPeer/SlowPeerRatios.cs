using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.SlowPeer;

/// <summary>
/// How long commands take while a third node is 5 ms slower, or takes nothing for 10 s, by how long they take while it is healthy, at the same rate, far from what the
/// cluster can do. The two take turns.
/// </summary>
internal sealed class SlowPeerRatios(Workspace workspace, Effort effort, TextWriter output)
{
    private const int CommandsPerSecond = 1000;
    private const int CommandBytes = 256;
    private const double LatencyGoal = 1.2;

    private static readonly TimeSpan Slowness = TimeSpan.FromMilliseconds(5);

    private readonly Hindrance _hindrance = new();

    /// <summary>Measures.</summary>
    public async Task<IReadOnlyList<Row>> MeasureAsync()
    {
        MeasuredCluster cluster = new(workspace, stateBytes: 0, _hindrance);
        await using (cluster.ConfigureAwait(false))
        {
            await cluster.StartAsync().ConfigureAwait(false);
            TimeSpan turn = TimeSpan.FromSeconds(effort.IsQuick ? 1 : 4);
            TimeSpan pause = TimeSpan.FromSeconds(effort.IsQuick ? 1 : 10);
            await MeasureAsync(cluster, turn).ConfigureAwait(false); // so that everything has been compiled as it will be
            List<Row> rows = [];
            rows.AddRange(await CompareAsync(cluster, "5 ms slower", effort.Rounds(11), turn, Slow).ConfigureAwait(false));
            rows.AddRange(await CompareAsync(cluster, "paused", effort.Rounds(5), pause, Pause).ConfigureAwait(false));
            double bound = cluster.Options.MaxInflightBytes + cluster.Options.MaxMessageBytes;
            rows.Add(new Row("most bytes on their way to it, by their bound", cluster.Unanswered.Most / bound, 1, Row.AtMost, cluster.Unanswered.Most / 1024.0, bound / 1024, "KiB")
            {
                RatioIs = "seen / bound",
            });
            return rows;
        }
    }

    private void Slow(bool isSlow) => _hindrance.Delay = isSlow ? Slowness : TimeSpan.Zero;

    private void Pause(bool isPaused) => _hindrance.IsPaused = isPaused;

    private async Task<IEnumerable<Row>> CompareAsync(MeasuredCluster cluster, string what, int rounds, TimeSpan turn, Action<bool> hinder)
    {
        List<double[]> hindered = [];
        List<double[]> healthy = [];
        for (int i = 0; i < 2 * rounds; i++)
        {
            bool isHindered = i % 4 is 1 or 2; // the order changes from round to round
            hinder(isHindered);
            (isHindered ? hindered : healthy).Add(await MeasureAsync(cluster, turn).ConfigureAwait(false));
            hinder(false);
            await cluster.CatchUpAsync().ConfigureAwait(false);
        }

        output.WriteLine($"{what}: {rounds} rounds.");
        return [Latency("p50", 0.5, null), Latency("p99", 0.99, LatencyGoal), Latency("p99.9", 0.999, null)];

        Row Latency(string name, double quantile, double? goal) =>
            Rounds.Of(hindered.ConvertAll(sorted => OpenLoad.At(sorted, quantile)), healthy.ConvertAll(sorted => OpenLoad.At(sorted, quantile)))
                .OursByBaseline($"{CommandsPerSecond} commands/s, quorum {name}, one follower {what}", "ms", goal, goal is null ? null : Row.AtMost);
    }

    private static async Task<double[]> MeasureAsync(MeasuredCluster cluster, TimeSpan turn)
    {
        using OpenLoad load = new(cluster.Leader, CommandsPerSecond, CommandBytes);
        await Task.Delay(turn).ConfigureAwait(false);
        return await load.LatenciesAsync(0, load.Position).ConfigureAwait(false);
    }
}
