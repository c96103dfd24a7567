using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;
using RaftEngine.Snapshots;
using RaftEngine.Transport;

namespace RaftEngine.Bench.CatchUp;

/// <summary>
/// How long commands take while a third node is sent a snapshot, by how long they take while it is away, at the same rate, far from what the cluster can do. The two
/// take turns; in between the third node leaves, and the log that it has not seen is given up. It is a process of its own, which gives way to this one: what the other
/// two pay is measured, and not what it would have a machine of its own for.
/// </summary>
internal sealed class CatchUpRatios(Workspace workspace, Workspace? awayWorkspace, Effort effort, long stateBytes, TextWriter output)
{
    private const int CommandsPerSecond = 250;
    private const int CommandBytes = 256;
    private const double LatencyGoal = 1.2;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    private readonly List<double[]> _whileSent = [];
    private readonly List<double[]> _before = [];
    private TimeSpan _lastTransfer = TimeSpan.FromSeconds(effort.IsQuick ? 1 : 5);
    private bool _isAway;
    private long _mostUnanswered;

    /// <summary>Measures.</summary>
    public async Task<IReadOnlyList<Row>> MeasureAsync()
    {
        AwayCluster cluster = new(workspace, stateBytes, awayWorkspace);
        await using (cluster.ConfigureAwait(false))
        {
            await cluster.StartAsync().ConfigureAwait(false);
            await cluster.LeaveAsync().ConfigureAwait(false);
            List<Row> memory = await WatchMemoryAsync(cluster).ConfigureAwait(false);
            int rounds = effort.Rounds(full: 9);
            for (int i = 0; i < rounds; i++)
            {
                await (i % 2 == 0 ? MeasureBeforeAsync(cluster) : MeasureWhileSentAsync(cluster)).ConfigureAwait(false);
                await (i % 2 == 0 ? MeasureWhileSentAsync(cluster) : MeasureBeforeAsync(cluster)).ConfigureAwait(false);
                output.WriteLine(
                    $"Round {i + 1} of {rounds}: {_lastTransfer.TotalSeconds:F1} s to catch up; "
                    + $"ms at p50 p99 p99.9 before {Text(_before[^1])}, while it is sent {Text(_whileSent[^1])}");
            }

            return [Latency("p50", 0.5, null), Latency("p99", 0.99, LatencyGoal), Latency("p99.9", 0.999, null), BytesOnTheirWay(cluster.Options), .. memory];
        }
    }

    private static string Text(double[] sorted) => $"{OpenLoad.At(sorted, 0.5):F2} {OpenLoad.At(sorted, 0.99):F2} {OpenLoad.At(sorted, 0.999):F2}";

    private Row Latency(string name, double quantile, double? goal) =>
        Rounds.Of(_whileSent.ConvertAll(sorted => OpenLoad.At(sorted, quantile)), _before.ConvertAll(sorted => OpenLoad.At(sorted, quantile)))
            .OursByBaseline($"{CommandsPerSecond} commands/s, quorum {name}, a third node being sent {stateBytes >> 20} MiB", "ms", goal, goal is null ? null : Row.AtMost);

    // A message of pieces, then the entries that came meanwhile.
    private Row BytesOnTheirWay(RaftOptions options)
    {
        double bound = Math.Max(options.MaxMessageBytes, SnapshotFormat.LargestPieceBytes) + options.MaxInflightBytes;
        return new Row("most bytes on their way to it, by their bound", _mostUnanswered / bound, 1, Row.AtMost, _mostUnanswered / 1024.0, bound / 1024, "KiB")
        {
            RatioIs = "seen / bound",
        };
    }

    private async Task AwayAsync(AwayCluster cluster)
    {
        if (!_isAway)
        {
            await cluster.LeaveAsync().ConfigureAwait(false);
            _isAway = true;
        }
    }

    private async Task MeasureBeforeAsync(AwayCluster cluster)
    {
        await AwayAsync(cluster).ConfigureAwait(false);
        using OpenLoad load = new(cluster.Leader, CommandsPerSecond, CommandBytes);
        await Task.Delay(WarmUp).ConfigureAwait(false);
        int from = load.Position;
        await Task.Delay(_lastTransfer).ConfigureAwait(false);
        _before.Add(await load.LatenciesAsync(from, load.Position).ConfigureAwait(false));
    }

    // From when the node starts until it has all that was committed once it ran: connecting, the snapshot's way, its being put in place and taken up, and the log behind it.
    // Its process was there before.
    private async Task MeasureWhileSentAsync(AwayCluster cluster)
    {
        await AwayAsync(cluster).ConfigureAwait(false);
        await cluster.LaunchAsync().ConfigureAwait(false);
        using OpenLoad load = new(cluster.Leader, CommandsPerSecond, CommandBytes);
        await Task.Delay(WarmUp).ConfigureAwait(false);
        int from = load.Position;
        long start = Stopwatch.GetTimestamp();
        _isAway = false;
        await cluster.ComeBackAsync().ConfigureAwait(false);
        await cluster.CaughtUpAsync().ConfigureAwait(false);
        _lastTransfer = Stopwatch.GetElapsedTime(start);
        _whileSent.Add(await load.LatenciesAsync(from, load.Position).ConfigureAwait(false));
        _mostUnanswered = Math.Max(_mostUnanswered, cluster.Unanswered.Most);
    }

    // A turn of its own, which also warms up: looking at the memory stops everything again and again.
    private async Task<List<Row>> WatchMemoryAsync(AwayCluster cluster)
    {
        await cluster.LaunchAsync().ConfigureAwait(false);
        using OpenLoad load = new(cluster.Leader, CommandsPerSecond, CommandBytes);
        MemoryWatch before = new();
        await Task.Delay(WarmUp).ConfigureAwait(false);
        before.Dispose();
        MemoryWatch whileSent = new();
        await cluster.ComeBackAsync().ConfigureAwait(false);
        await cluster.CaughtUpAsync().ConfigureAwait(false);
        whileSent.Dispose();
        double bound = before.MostHeapBytes + BoundOf(cluster.Options);
        return
        [
            new Row(
                "held heap of the two nodes, by that before and the bounds of the queues",
                whileSent.MostHeapBytes / bound,
                1,
                Row.AtMost,
                MiB(whileSent.MostHeapBytes),
                MiB(bound),
                "MiB")
            {
                RatioIs = "seen / bound",
            },
            new Row(
                "anonymous memory of the process",
                whileSent.MostAnonymousBytes / Math.Max(1.0, before.MostAnonymousBytes),
                null,
                null,
                MiB(whileSent.MostAnonymousBytes),
                MiB(before.MostAnonymousBytes),
                "MiB")
            {
                RatioIs = "ours / baseline",
            },
        ];
    }

    private static double MiB(double bytes) => bytes / (1 << 20);

    // What may come on top of what the two nodes held before, as the channels and the buffer for a message of pieces are always there: the bytes that the leader's transport
    // may have pending for the third one, in a buffer that fills and one that is sent, and a message beyond its bound.
    private static double BoundOf(RaftOptions options) => Math.Max(options.MaxMessageBytes, SnapshotFormat.LargestPieceBytes) + (2 * (double)TransportBound);

    private static int TransportBound { get; } =
        new TcpTransportOptions { ListenEndPoint = new(IPAddress.Loopback, 0), Peers = new Dictionary<ulong, EndPoint>() }.MaxPendingBytes;
}
