using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;
using RaftEngine.Transport;

namespace RaftEngine.Bench.Cluster;

/// <summary>
/// Nodes in this process, with default options but for what the shape says and for logs that are kept short: they are snapshotted and given up as they grow, so that after
/// <see cref="FillAsync"/> their segments' files are used again, as in a service that has long been running.
/// </summary>
internal sealed class LoadedCluster : IAsyncDisposable
{
    private const int KeptLogBytes = 64 << 20;
    private const int FillCommandBytes = 16 << 10;
    private const int FillCommands = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ClusterShape _shape;
    private readonly DelayedNetwork? _delayed;
    private readonly Guid _clusterId = Guid.NewGuid();
    private readonly TestAuthority _certificates = new();
    private readonly InMemoryNetwork _network = new();
    private readonly ConcurrentDictionary<ulong, EndPoint> _endPoints = new();
    private readonly List<RaftNode<long>> _nodes = [];
    private readonly List<FrameCount> _frames = [];
    private readonly List<FrameTimes> _frameTimes = []; // empty if nothing is to be explained
    private volatile RaftNode<long>? _leader;

    private LoadedCluster(ClusterShape shape, DelayedNetwork? delayed)
    {
        _shape = shape;
        _delayed = delayed;
    }

    /// <summary>The node that led when it was last looked for.</summary>
    public RaftNode<long> Leader => _leader ?? throw new InvalidOperationException("No node has led yet.");

    /// <summary>All of them.</summary>
    public IReadOnlyList<RaftNode<long>> Nodes => _nodes;

    /// <summary>Starts all nodes, on empty directories, and waits for a leader.</summary>
    /// <param name="shape">What kind of cluster.</param>
    /// <param name="workspace">Where its files lie.</param>
    /// <param name="delayed">What nodes reach each other through over TCP, instead of directly.</param>
    public static async Task<LoadedCluster> StartAsync(ClusterShape shape, Workspace workspace, DelayedNetwork? delayed = null)
    {
        LoadedCluster cluster = new(shape, delayed);
        try
        {
            for (ulong id = 1; id <= (ulong)shape.Nodes; id++)
            {
                await cluster.StartNodeAsync(id, workspace.NewPath()).ConfigureAwait(false);
            }

            await cluster.UntilAsync(() => cluster.FindLeader() && cluster.Nodes.All(static node => node.Status.CommitIndex > 0), "a node leads").ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Looks for the node that leads; keeps to the one before if there is none just now.</summary>
    /// <returns>True if there is one.</returns>
    public bool FindLeader()
    {
        RaftNode<long>? leader = null;
        long term = 0;
        foreach (RaftNode<long> node in _nodes)
        {
            RaftStatus status = node.Status;
            if (status.Failure is not null)
            {
                throw new InvalidOperationException($"Node {status.NodeId} has stopped.", status.Failure);
            }

            if (status.Role == RaftRole.Leader && status.Term > term)
            {
                leader = node;
                term = status.Term;
            }
        }

        _leader = leader ?? _leader;
        return leader is not null;
    }

    /// <summary>Brings commands until every node has given up a part of its log, and let its files be used again.</summary>
    public async Task FillAsync()
    {
        byte[] command = new byte[FillCommandBytes];
        Task[] filling = new Task[FillCommands];
        await UntilAsync(
            async () =>
            {
                for (int i = 0; i < filling.Length; i++)
                {
                    filling[i] = Leader.ProposeAsync(command).AsTask();
                }

                try
                {
                    await Task.WhenAll(filling).ConfigureAwait(false);
                }
                catch (Exception e) when (e is RaftOverloadedException or NotLeaderException or OutcomeUnknownException)
                {
                    FindLeader(); // and on: how many there are does not matter
                }

                return _nodes.All(static node => node.Status.FirstIndex > 1);
            },
            pause: TimeSpan.Zero,
            "every node has compacted its log").ConfigureAwait(false);
    }

    /// <summary>Waits until every node has applied what is committed: nothing of the load before goes on.</summary>
    public Task SettleAsync() => UntilAsync(
        () => FindLeader() && _nodes.All(node => node.Status.AppliedIndex == Leader.Status.LastIndex),
        "every node has applied everything");

    /// <summary>Begins to sample where the time of commands goes.</summary>
    /// <returns>What the samples show; null if nothing is to be explained.</returns>
    public StageTimes? BeginExplaining()
    {
        StageTimes? times = _shape.IsExplained ? new StageTimes(_frameTimes, _shape.Syncs) : null;
        _nodes.ForEach(node => node.SampleLatencies(times?.Sampler));
        return times;
    }

    /// <summary>Begins no more samples.</summary>
    public void EndExplaining() => _nodes.ForEach(static node => node.SampleLatencies(null));

    /// <summary>What has been counted so far.</summary>
    public Counters Count() => Counters.Of(_nodes, _frames, Leader);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (RaftNode<long> node in _nodes)
        {
            await node.DisposeAsync().ConfigureAwait(false);
        }

        _certificates.Dispose();
    }

    private async Task StartNodeAsync(ulong id, string path)
    {
        TcpTransport? tcp = _shape.Transport == TransportKind.Memory
            ? null
            : new TcpTransport(new TcpTransportOptions
            {
                ListenEndPoint = new IPEndPoint(IPAddress.Loopback, 0),
                Peers = _delayed?.EndPointsFor(id) ?? _endPoints,
                Tls = _shape.Transport == TransportKind.Tls ? _certificates.OptionsOf(_clusterId, id) : null,
            });
        FrameCount frames = new();
        RaftOptions options = new()
        {
            NodeId = id,
            Voters = [.. Enumerable.Range(1, _shape.Nodes).Select(static voter => (ulong)voter)],
            ClusterId = _clusterId,
            DataDirectory = path,
            Durability = _shape.Durability,
            RunContinuationsAsynchronously = !_shape.RunsInline,
            ApplyInline = _shape.RunsInline,
            ProposalQueueBytes = _shape.ProposalQueueBytes,
            SnapshotLogBytes = KeptLogBytes,
            RetainedLogBytes = KeptLogBytes,
        };
        CountingTransport transport = new((IRaftTransport?)tcp ?? _network.CreateTransport(id), frames);
        if (_shape.IsExplained)
        {
            FrameTimes times = new();
            transport = new CountingTransport(transport, times);
            _frameTimes.Add(times);
        }

        _nodes.Add(await RaftNode.StartAsync(_shape.Adjust(options), _shape.NewState(id), transport).ConfigureAwait(false));
        _frames.Add(frames);
        if (tcp is not null)
        {
            _endPoints[id] = tcp.LocalEndPoint; // the others look for it again when they dial
            _delayed?.Place(id, tcp.LocalEndPoint);
        }
    }

    private Task UntilAsync(Func<bool> holds, string what) => UntilAsync(() => Task.FromResult(holds()), TimeSpan.FromMilliseconds(2), what);

    private async Task UntilAsync(Func<Task<bool>> holds, TimeSpan pause, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await holds().ConfigureAwait(false))
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
            {
                throw new TimeoutException($"Did not come true within {Patience}: {what}. {string.Join(' ', _nodes.Select(static node => node.Status))}");
            }

            await Task.Delay(pause).ConfigureAwait(false);
        }
    }
}
