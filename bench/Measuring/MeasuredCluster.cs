using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Threading.Tasks;
using RaftEngine.Transport;

namespace RaftEngine.Bench.Measuring;

/// <summary>Three nodes over loopback TCP, in this process: one leads, one follows, and one comes and goes, or is hindered.</summary>
/// <param name="workspace">Where their files lie.</param>
/// <param name="stateBytes">How large the state is.</param>
/// <param name="hindrance">What holds up the third.</param>
/// <param name="awayWorkspace">Where the third one's files lie, if elsewhere; its threads then give way to all others, too.</param>
internal sealed class MeasuredCluster(Workspace workspace, long stateBytes, Hindrance? hindrance = null, Workspace? awayWorkspace = null) : IAsyncDisposable
{
    private const ulong LeaderId = 1;
    private const ulong AwayId = 3;
    private const int BurstCommandBytes = 16 << 10;
    private const int BurstCommands = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ulong[] _ids = [LeaderId, 2, AwayId];
    private readonly Dictionary<ulong, EndPoint> _endPoints =
        LoopbackPorts.Take(3).Index().ToDictionary(static one => (ulong)one.Index + 1, static one => (EndPoint)one.Item);
    private readonly Dictionary<ulong, RaftNode<long>> _nodes = [];
    private readonly Dictionary<ulong, string> _paths = [];
    private readonly Guid _clusterId = Guid.NewGuid();
    private long _leftAt;

    /// <summary>The node that leads throughout.</summary>
    public RaftNode<long> Leader => _nodes[LeaderId];

    /// <summary>What is on its way from the leader to the node that comes and goes.</summary>
    public UnansweredBytes Unanswered { get; } = new(LeaderId, AwayId);

    /// <summary>The options of every node, as far as they bound memory.</summary>
    public RaftOptions Options => OptionsOf(LeaderId);

    /// <summary>Starts all three.</summary>
    public async Task StartAsync()
    {
        foreach (ulong id in _ids)
        {
            _paths[id] = (id == AwayId ? awayWorkspace ?? workspace : workspace).NewPath();
            await StartAsync(id).ConfigureAwait(false);
        }

        long start = Stopwatch.GetTimestamp();
        while (Leader.Status is not { Role: RaftRole.Leader, CommitIndex: > 0 })
        {
            RaftNode<long>? other = _nodes.Values.FirstOrDefault(static node => node.Status is { Role: RaftRole.Leader, CommitIndex: > 0 });
            try
            {
                if (other is not null)
                {
                    await other.TransferLeadershipAsync(LeaderId).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is NotLeaderException or RequestRefusedException)
            {
                // It is tried again.
            }

            await WaitAsync(start, "node 1 leads").ConfigureAwait(false);
        }
    }

    /// <summary>Stops the one that comes and goes, if it runs, and brings commands until the others have given up the log that it has not seen; and lets them rest.</summary>
    public async Task LeaveAsync()
    {
        if (_nodes.Remove(AwayId, out RaftNode<long>? away))
        {
            _leftAt = away.Status.LastIndex;
            await away.DisposeAsync().ConfigureAwait(false);
            Unanswered.Reset();
        }

        byte[] command = new byte[BurstCommandBytes];
        Task<Applied<long>>[] burst = new Task<Applied<long>>[BurstCommands];
        while (_nodes.Values.Any(node => node.Status.FirstIndex <= _leftAt + 1))
        {
            for (int i = 0; i < burst.Length; i++)
            {
                burst[i] = Leader.ProposeAsync(command).AsTask();
            }

            await Task.WhenAll(burst).WaitAsync(Patience).ConfigureAwait(false);
            await Task.Delay(50).ConfigureAwait(false); // a snapshot that is being written is given the time: what is brought meanwhile is the next one's
        }

        await Task.Delay(500).ConfigureAwait(false);
    }

    /// <summary>Starts it again. When this returns, it runs.</summary>
    public Task ComeBackAsync() => Task.Run(async () =>
    {
        await StartAsync(AwayId).ConfigureAwait(false);
        if (awayWorkspace is not null)
        {
            LowPriority.Give($"raft {AwayId} ");
        }
    });

    /// <summary>Waits until the third node has applied what the leader has committed by now.</summary>
    public async Task CatchUpAsync()
    {
        RaftNode<long> back = _nodes[AwayId];
        long committed = Leader.Status.CommitIndex;
        long start = Stopwatch.GetTimestamp();
        while (back.Status.AppliedIndex < committed)
        {
            await WaitAsync(start, $"node {AwayId} has caught up: {back.Status}").ConfigureAwait(false);
        }
    }

    /// <summary>As <see cref="CatchUpAsync"/>, and checks that a snapshot brought it there.</summary>
    public async Task CaughtUpAsync()
    {
        await CatchUpAsync().ConfigureAwait(false);
        RaftNode<long> back = _nodes[AwayId];
        if (Unanswered.SnapshotBytes < stateBytes || back.Status.SnapshotIndex <= _leftAt)
        {
            throw new InvalidOperationException($"Node {AwayId} was sent {Unanswered.SnapshotBytes} bytes of a snapshot; the state has {stateBytes}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RaftNode<long> node in _nodes.Values)
        {
            await node.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task WaitAsync(long start, string what)
    {
        if (Stopwatch.GetElapsedTime(start) > Patience)
        {
            throw new TimeoutException($"Did not come true within {Patience}: {what}.");
        }

        await Task.Delay(10).ConfigureAwait(false);
    }

    private async Task StartAsync(ulong id)
    {
        IRaftTransport transport = new TcpTransport(new TcpTransportOptions { ListenEndPoint = (IPEndPoint)_endPoints[id], Peers = _endPoints });
        transport = id == AwayId && hindrance is not null ? new HinderedTransport(transport, hindrance) : transport;
        _nodes[id] = await RaftNode.StartAsync(OptionsOf(id), new FilledState(stateBytes), new CountingTransport(transport, Unanswered)).ConfigureAwait(false);
    }

    // A log short enough that a burst of commands makes a snapshot due, and long enough that what is measured does not.
    private RaftOptions OptionsOf(ulong id) => new()
    {
        NodeId = id,
        Voters = _ids,
        ClusterId = _clusterId,
        DataDirectory = _paths[id],
        SegmentSizeBytes = 2 << 20,
        SnapshotLogBytes = 16 << 20,
        RetainedLogBytes = 2 << 20,
        ElectionTimeout = TimeSpan.FromSeconds(2),
        ElectionPriority = id == LeaderId ? 10 : 0,
    };
}
