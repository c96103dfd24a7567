using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Bench.Cluster;
using RaftEngine.Bench.Measuring;
using RaftEngine.Samples.Kv.Measuring;

namespace RaftEngine.Bench.Budget;

/// <summary>
/// How long three nodes take to have another leader after theirs was cut off, and how often they elect one while nothing is cut, by what their options say of elections.
/// </summary>
internal sealed class ElectionTrials(BudgetOptions options, Workspace workspace, TextWriter progress)
{
    private const int Nodes = 3;
    private const int CommandsPerSecond = 50;
    private const int CommandBytes = 256;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly List<ElectionRun> _runs = [];

    /// <summary>What each setting has shown.</summary>
    public IReadOnlyList<ElectionRun> Runs => _runs;

    /// <summary>Measures all settings in all networks.</summary>
    public async Task MeasureAsync()
    {
        foreach (LinkDelay link in options.Networks.OfType<LinkDelay>())
        {
            foreach (Setting setting in options.Chosen(Settings.Elections))
            {
                ElectionRun run = await MeasureAsync(link, setting).ConfigureAwait(false);
                _runs.Add(run);
                await progress.WriteLineAsync(
                    $"{run.Network}, {setting.Name}: {run.Elections} elections in {run.WatchedSeconds:N0} s; after a cut, another leader in "
                    + $"{string.Join(", ", run.DetectionMilliseconds.Select(static milliseconds => $"{milliseconds:N0}"))} ms").ConfigureAwait(false);
            }
        }
    }

    private async Task<ElectionRun> MeasureAsync(LinkDelay link, Setting setting)
    {
        using Workspace files = new(workspace.Path);
        using DelayedNetwork network = new(Nodes);
        ClusterShape shape = new(Nodes, options.Durability, TransportKind.Tcp, RunsInline: false, ClusterShape.DefaultProposalQueueBytes) { Adjust = options.Adjust(setting) };
        LoadedCluster cluster = await LoadedCluster.StartAsync(shape, files, network).ConfigureAwait(false);
        await using (cluster.ConfigureAwait(false))
        {
            network.Delay = link;
            await cluster.SettleAsync().ConfigureAwait(false);
            ElectionRun watched = await WatchAsync(cluster, link, setting).ConfigureAwait(false);
            double[] detection = new double[options.Tries];
            for (int i = 0; i < detection.Length; i++)
            {
                await cluster.SettleAsync().ConfigureAwait(false);
                await Task.Delay(Random.Shared.Next(500, 1000)).ConfigureAwait(false); // so that cuts come at any moment between two heartbeats
                detection[i] = Math.Round((await CutAsync(cluster, network).ConfigureAwait(false)).TotalMilliseconds, 1);
            }

            return watched with { DetectionMilliseconds = detection };
        }
    }

    private async Task<ElectionRun> WatchAsync(LoadedCluster cluster, LinkDelay link, Setting setting)
    {
        byte[] command = new byte[CommandBytes];
        Recorder recorder = new();
        OpenLoop load = new(() => cluster.Leader.ProposeAsync(command), cluster.FindLeader, CommandsPerSecond, recorder);
        load.Start();
        await Task.Delay(options.WarmUp).ConfigureAwait(false);
        Counters before = cluster.Count();
        recorder.Begin();
        await Task.Delay(options.Watch).ConfigureAwait(false);
        recorder.End();
        Counters counted = cluster.Count().Since(in before);
        await load.StopAsync().ConfigureAwait(false);
        LatencyHistogram latencies = recorder.Latencies();
        return new ElectionRun
        {
            Network = BudgetTable.NameOf(link),
            Link = link,
            Setting = setting.Name,
            DetectionMilliseconds = [],
            WatchedSeconds = Math.Round(counted.At / (double)Stopwatch.Frequency, 1),
            Elections = counted.Term,
            Failures = recorder.Failures,
            P99Milliseconds = Math.Round(latencies.PercentileMicros(0.99) / 1000, 3),
            MaxMilliseconds = Math.Round(latencies.MaxMicros / 1000, 3),
        };
    }

    private static async Task<TimeSpan> CutAsync(LoadedCluster cluster, DelayedNetwork network)
    {
        while (!cluster.FindLeader())
        {
            await Task.Delay(1).ConfigureAwait(false);
        }

        RaftStatus old = cluster.Leader.Status; // another node that leads in that term or a later one is another leader
        long start = Stopwatch.GetTimestamp();
        network.Cut(old.NodeId);
        while (!cluster.Nodes.Any(node => node.Status is { Role: RaftRole.Leader } status && status.NodeId != old.NodeId && status.Term >= old.Term))
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
            {
                throw new TimeoutException($"No other node leads within {Patience}. {string.Join(' ', cluster.Nodes.Select(static node => node.Status))}");
            }

            await Task.Delay(1).ConfigureAwait(false);
        }

        TimeSpan taken = Stopwatch.GetElapsedTime(start);
        network.Heal();
        return taken;
    }
}
