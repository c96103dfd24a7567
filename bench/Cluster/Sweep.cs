using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;
using RaftEngine.Samples.Kv.Measuring;

namespace RaftEngine.Bench.Cluster;

/// <summary>Measures clusters under loads, one after the other; the loads of one cluster on the same nodes.</summary>
internal sealed class Sweep(SweepOptions options, Workspace workspace, TextWriter progress)
{
    private static readonly double[] Percents = [0, 1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 97.5, 99, 99.5, 99.75, 99.9, 99.95, 99.99, 99.999, 100];

    /// <summary>Measures them all.</summary>
    public async Task<IReadOnlyList<ClusterRun>> MeasureAsync()
    {
        List<ClusterRun> runs = [];
        foreach (ClusterShape shape in options.Shapes)
        {
            LoadedCluster cluster = await LoadedCluster.StartAsync(shape, workspace).ConfigureAwait(false);
            await using (cluster.ConfigureAwait(false))
            {
                if (!options.IsQuick)
                {
                    await cluster.FillAsync().ConfigureAwait(false);
                }

                foreach ((int payload, int concurrency, int? rate) in options.Loads)
                {
                    ClusterRun run = await MeasureAsync(cluster, shape, payload, concurrency, rate).ConfigureAwait(false);
                    runs.Add(run);
                    await progress.WriteLineAsync(
                        $"{shape.Nodes} nodes, {run.Transport}, {run.Durability}, {payload} B, {(rate is null ? $"{concurrency} callers" : $"{rate}/s due")}: "
                        + $"{run.OpsPerSecond:N0}/s, p50 {run.P50Micros:N0} us, p99 {run.P99Micros:N0} us").ConfigureAwait(false);
                }
            }
        }

        return runs;
    }

    private async Task<ClusterRun> MeasureAsync(LoadedCluster cluster, ClusterShape shape, int payload, int concurrency, int? rate)
    {
        byte[] command = new byte[payload];
        Random.Shared.NextBytes(command);
        Func<ValueTask<Applied<long>>> propose = () => cluster.Leader.ProposeAsync(command);
        Recorder recorder = new();
        ILoad load = rate is { } perSecond
            ? new OpenLoop(propose, cluster.FindLeader, perSecond, recorder)
            : new ClosedLoop<Applied<long>>(propose, cluster.FindLeader, concurrency, recorder);
        Floor floor = new(payload, shape.Nodes);
        await cluster.SettleAsync().ConfigureAwait(false);
        await MeasureFloorAsync(floor, shape).ConfigureAwait(false);
        GC.Collect();

        load.Start();
        await Task.Delay(options.WarmUp).ConfigureAwait(false);
        StageTimes? stages = cluster.BeginExplaining(); // what it allocates is not the commands'
        Counters before = cluster.Count();
        recorder.Begin();
        await Task.Delay(options.Time).ConfigureAwait(false);
        recorder.End();
        cluster.EndExplaining();
        Counters counted = cluster.Count().Since(in before);
        await load.StopAsync().ConfigureAwait(false);

        await cluster.SettleAsync().ConfigureAwait(false);
        await MeasureFloorAsync(floor, shape).ConfigureAwait(false);
        return ToRun(shape, payload, concurrency, rate, recorder, load as OpenLoop, floor, in counted) with { Explanation = stages?.Explain() };
    }

    private async Task MeasureFloorAsync(Floor floor, ClusterShape shape)
    {
        if (shape.UsesSockets)
        {
            await floor.MeasureRoundTripsAsync().ConfigureAwait(false);
        }

        if (shape.Syncs)
        {
            floor.MeasureSyncs(workspace.Path);
        }
    }

    private ClusterRun ToRun(
        ClusterShape shape, int payload, int concurrency, int? rate, Recorder recorder, OpenLoop? open, Floor floor, in Counters counted)
    {
        LatencyHistogram latencies = recorder.Latencies();
        double seconds = counted.At / (double)System.Diagnostics.Stopwatch.Frequency;
        double commands = Math.Max(1, recorder.Completed);
        double floorMicros = floor.RoundTripMicros + floor.SyncMicros;
        return new ClusterRun
        {
            Nodes = shape.Nodes,
            Payload = payload,
            Concurrency = concurrency,
            Rate = rate,
            Durability = NameOf(shape.Durability),
            Transport = NameOf(shape.Transport),
            Inline = shape.RunsInline,
            ProposalQueueBytes = shape.ProposalQueueBytes,
            Seconds = Round(seconds),
            Commands = recorder.Completed,
            OpsPerSecond = Math.Round(recorder.Completed / seconds, 1),
            P50Micros = Round(latencies.PercentileMicros(0.5)),
            P99Micros = Round(latencies.PercentileMicros(0.99)),
            P999Micros = Round(latencies.PercentileMicros(0.999)),
            MaxMicros = Round(latencies.MaxMicros),
            FloorMicros = floorMicros == 0 ? null : Round(floorMicros),
            RoundTripMicros = Round(floor.RoundTripMicros),
            SyncMicros = Round(floor.SyncMicros),
            AllocatedBytesPerCommand = Round(counted.AllocatedBytes / commands),
            CpuMicrosPerCommand = Round((counted.UserTime + counted.KernelTime).TotalMicroseconds / commands),
            KernelMicrosPerCommand = Round(counted.KernelTime.TotalMicroseconds / commands),
            SyncsPerSecond = Round(counted.Syncs / seconds),
            EntriesPerSync = Round(PerEach(counted.LeaderEntries, counted.LeaderSyncs)),
            EntriesPerFrame = Round(PerEach(counted.FramedEntries, counted.Frames)),
            Gen0 = counted.Gen0,
            Gen2 = counted.Gen2,
            Failures = recorder.Failures,
            Overloads = recorder.Overloads,
            Elections = counted.Term,
            SentLateP99Micros = open is null ? null : Round(open.Lateness.PercentileMicros(0.99)),
            NotSent = open?.NotSent,
            Distribution = [.. Percents.Select(percent => new PercentilePoint(percent, Round(latencies.PercentileMicros(percent / 100))))],
        };
    }

    private static double PerEach(long entries, long of) => of == 0 ? 0 : (double)entries / of;

    private static double Round(double value) => Math.Round(value, 3);

#pragma warning disable CA1308 // It is the command line's spelling.
    private static string NameOf<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
#pragma warning restore CA1308
}
