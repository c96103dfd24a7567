using System;
using System.Threading.Tasks;
using RaftEngine.Bench.Cluster;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Peers;

/// <summary>The engine, embedded in this process: several nodes over loopback TCP, or one.</summary>
internal sealed class EnginePeer : IPeer
{
    private readonly LoadedCluster _cluster;

    private EnginePeer(LoadedCluster cluster, int nodes)
    {
        _cluster = cluster;
        Nodes = nodes;
    }

    /// <inheritdoc/>
    public string System => "RaftEngine";

    /// <inheritdoc/>
    public int Nodes { get; }

    /// <inheritdoc/>
    public string Durability => Nodes == 1 ? "Every command is synced with fdatasync, as its group." : "Every command is synced with fdatasync on a majority, as its group.";

    /// <inheritdoc/>
    public string Driver => $"{InProcessLoad.Description}, in which the nodes are embedded: no client protocol";

    /// <summary>Starts it, with logs that have been filled.</summary>
    public static async Task<IPeer> StartAsync(Workspace workspace, int nodes)
    {
        ClusterShape shape = new(nodes, RaftEngine.Durability.Fsync, TransportKind.Tcp, RunsInline: false, ClusterShape.DefaultProposalQueueBytes);
        LoadedCluster cluster = await LoadedCluster.StartAsync(shape, workspace).ConfigureAwait(false);
        await cluster.FillAsync().ConfigureAwait(false);
        return new EnginePeer(cluster, nodes);
    }

    /// <inheritdoc/>
    public Task<PeerFigures> MeasureAsync(int payload, int clients, TimeSpan time)
    {
        byte[] command = new byte[payload];
        Random.Shared.NextBytes(command);
        return InProcessLoad.MeasureAsync(() => _cluster.Leader.ProposeAsync(command), _cluster.FindLeader, clients, time);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _cluster.DisposeAsync();
}
