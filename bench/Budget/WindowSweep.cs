using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Bench.Cluster;
using RaftEngine.Bench.Measuring;
using RaftEngine.Samples.Kv.Measuring;

namespace RaftEngine.Bench.Budget;

/// <summary>
/// Throughput and latency of three nodes by what their options say of replication. In each network the settings take turns, in one order in one round and in the other in
/// the next, each time as a cluster of its own, whose log is filled before its links are slowed down.
/// </summary>
internal sealed class WindowSweep(BudgetOptions options, Workspace workspace, TextWriter progress)
{
    private const int Nodes = 3;

    private readonly List<WindowRun> _runs = [];
    private readonly List<Row> _ratios = [];

    /// <summary>What each setting has shown.</summary>
    public IReadOnlyList<WindowRun> Runs => _runs;

    /// <summary>In each network, the throughput of the default by that of the best of the others.</summary>
    public IReadOnlyList<Row> Ratios => _ratios;

    /// <summary>Measures them all.</summary>
    public async Task MeasureAsync()
    {
        if (!options.IsQuick)
        {
            await TurnAsync(null, options.Payloads[0], options.Concurrency[0], Setting.Default).ConfigureAwait(false); // so that everything has been compiled as it will be
        }

        foreach (LinkDelay? link in options.Networks)
        {
            foreach (int payload in options.Payloads)
            {
                foreach (int callers in options.Concurrency)
                {
                    await MeasureAsync(link, payload, callers).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task MeasureAsync(LinkDelay? link, int payload, int callers)
    {
        IReadOnlyList<Setting> settings = options.Chosen(Settings.Windows(payload));
        Dictionary<Setting, List<WindowTurn>> turns = settings.ToDictionary(static setting => setting, static _ => new List<WindowTurn>());
        for (int round = 0; round < options.Rounds; round++)
        {
            foreach (Setting setting in round % 2 == 0 ? settings : settings.Reverse())
            {
                WindowTurn turn = await TurnAsync(link, payload, callers, setting).ConfigureAwait(false);
                turns[setting].Add(turn);
                await progress.WriteLineAsync(
                    $"{BudgetTable.NameOf(link)}, {payload} B, {callers} callers, {setting.Name}: "
                    + $"{turn.OpsPerSecond:N0}/s, p50 {turn.P50Milliseconds:N1} ms, p99 {turn.P99Milliseconds:N1} ms").ConfigureAwait(false);
            }
        }

        WindowRun[] runs = [.. settings.Select(setting => ToRun(link, payload, callers, setting, turns[setting]))];
        _runs.AddRange(runs);
        if (WindowRun.DefaultByBestFixed(runs) is { } ratio)
        {
            _ratios.Add(ratio);
        }
    }

    private async Task<WindowTurn> TurnAsync(LinkDelay? link, int payload, int callers, Setting setting)
    {
        using Workspace files = new(workspace.Path); // deleted at the end of the turn
        using DelayedNetwork? network = link is null ? null : new DelayedNetwork(Nodes);
        int queueBytes = ClusterShape.ProposalQueueBytesFor(callers, payload);
        ClusterShape shape = new(Nodes, options.Durability, TransportKind.Tcp, RunsInline: false, queueBytes) { Adjust = options.Adjust(setting) };
        LoadedCluster cluster = await LoadedCluster.StartAsync(shape, files, network).ConfigureAwait(false);
        await using (cluster.ConfigureAwait(false))
        {
            if (!options.IsQuick)
            {
                await cluster.FillAsync().ConfigureAwait(false);
            }

            if (network is not null)
            {
                network.Delay = link!;
            }

            await cluster.SettleAsync().ConfigureAwait(false);
            GC.Collect();
            return await MeasureAsync(cluster, network, payload, callers).ConfigureAwait(false);
        }
    }

    private async Task<WindowTurn> MeasureAsync(LoadedCluster cluster, DelayedNetwork? network, int payload, int callers)
    {
        byte[] command = new byte[payload];
        Random.Shared.NextBytes(command);
        Recorder recorder = new();
        ClosedLoop<Applied<long>> load = new(() => cluster.Leader.ProposeAsync(command), cluster.FindLeader, callers, recorder);
        load.Start();
        await Task.Delay(options.WarmUp).ConfigureAwait(false);
        network?.ResetMost();
        Counters before = cluster.Count();
        recorder.Begin();
        await Task.Delay(options.Time).ConfigureAwait(false);
        recorder.End();
        Counters counted = cluster.Count().Since(in before);
        await load.StopAsync().ConfigureAwait(false);

        LatencyHistogram latencies = recorder.Latencies();
        return new WindowTurn(
            Math.Round(recorder.Completed * (double)System.Diagnostics.Stopwatch.Frequency / counted.At, 1),
            Math.Round(latencies.PercentileMicros(0.5) / 1000, 3),
            Math.Round(latencies.PercentileMicros(0.99) / 1000, 3),
            counted.Term,
            recorder.Failures,
            network?.MostBytes ?? 0);
    }

    private WindowRun ToRun(LinkDelay? link, int payload, int callers, Setting setting, IReadOnlyList<WindowTurn> turns) => new()
    {
        Network = BudgetTable.NameOf(link),
        Link = link,
        Payload = payload,
        Concurrency = callers,
        Durability = options.Durability.ToString(),
        Setting = setting.Name,
        Turns = turns,
    };
}
