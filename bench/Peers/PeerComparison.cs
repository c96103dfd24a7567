using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Peers;

/// <summary>Measures systems that do the same work, in turns: for each number of clients all of them, the one that came first last the next time.</summary>
/// <param name="workspace">Where their files lie.</param>
/// <param name="payload">Bytes of a value.</param>
/// <param name="clients">Numbers of clients.</param>
/// <param name="time">How long each run lasts.</param>
/// <param name="output">Where it tells how far it is.</param>
internal sealed class PeerComparison(Workspace workspace, int payload, IReadOnlyList<int> clients, TimeSpan time, TextWriter output)
{
    private readonly List<PeerRun> _runs = [];
    private readonly List<string> _skipped = [];

    /// <summary>The systems that are known, by group.</summary>
    public static IReadOnlyList<PeerSource> Sources { get; } =
    [
        new("three-durable-nodes", "etcd", EtcdPeer.Missing, EtcdPeer.StartAsync),
        new("three-durable-nodes", "RaftEngine", null, static workspace => EnginePeer.StartAsync(workspace, nodes: 3)),
        new("key-value-service", "redis", RedisPeer.Missing, RedisPeer.StartAsync),
        new("key-value-service", "samples/kv", KvPeer.Missing, KvPeer.StartAsync),
        new("one-durable-node", "FasterLog", null, static workspace => Task.FromResult<IPeer>(new FasterPeer(workspace))),
        new("one-durable-node", "RaftEngine", null, static workspace => EnginePeer.StartAsync(workspace, nodes: 1)),
    ];

    /// <summary>True if a group could not be measured to its end for another reason than that something is not installed.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>What was left out, and why.</summary>
    public IReadOnlyList<string> Skipped => _skipped;

    /// <summary>Measures.</summary>
    /// <param name="groups">The groups to measure.</param>
    public async Task<IReadOnlyList<PeerRun>> MeasureAsync(IReadOnlyCollection<string> groups)
    {
        foreach (IGrouping<string, PeerSource> group in Sources.Where(source => groups.Contains(source.Group)).GroupBy(static source => source.Group))
        {
            foreach (PeerSource missing in group.Where(static source => source.Missing is not null))
            {
                string skipped = $"{group.Key}, {missing.Name}: {missing.Missing}";
                _skipped.Add(skipped);
                await output.WriteLineAsync($"Left out: {skipped}").ConfigureAwait(false);
            }

            try
            {
                await MeasureAsync(group.Key, [.. group.Where(static source => source.Missing is null)]).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is InvalidOperationException or IOException or TimeoutException)
            {
                HasFailed = true;
                _skipped.Add($"{group.Key}: it failed. {failure.Message}");
                await output.WriteLineAsync($"{group.Key} failed: {failure.Message}").ConfigureAwait(false);
            }
        }

        return _runs;
    }

    // All of a group run at the same time, so that each comes after the other without a pause; those that are not driven have nothing to do but say that they are there.
    private async Task MeasureAsync(string group, IReadOnlyList<PeerSource> sources)
    {
        List<IPeer> peers = [];
        List<PeerRun> runs = [];
        try
        {
            foreach (PeerSource source in sources)
            {
                peers.Add(await source.StartAsync(workspace).ConfigureAwait(false));
            }

            foreach (int count in clients)
            {
                foreach (IPeer peer in peers)
                {
                    PeerFigures figures = await peer.MeasureAsync(payload, count, time).ConfigureAwait(false);
                    runs.Add(RunOf(group, peer, count, figures));
                    string latency = $"p50 {figures.P50Micros:N0} us, p99 {figures.P99Micros:N0} us";
                    await output.WriteLineAsync($"{group}, {peer.System}, {count} clients: {figures.OpsPerSecond:N0}/s, {latency}").ConfigureAwait(false);
                }

                peers.Reverse();
            }
        }
        finally
        {
            _runs.AddRange(runs.OrderBy(static run => run.Clients).ThenBy(static run => run.System, StringComparer.Ordinal));
            foreach (IPeer peer in peers)
            {
                await peer.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private PeerRun RunOf(string group, IPeer peer, int count, PeerFigures figures) => new()
    {
        Group = group,
        System = peer.System,
        Nodes = peer.Nodes,
        Durability = peer.Durability,
        Driver = peer.Driver,
        Payload = payload,
        Clients = count,
        OpsPerSecond = Math.Round(figures.OpsPerSecond, 1),
        P50Micros = Math.Round(figures.P50Micros, 1),
        P99Micros = Math.Round(figures.P99Micros, 1),
        MaxMicros = Math.Round(figures.MaxMicros, 1),
    };
}
