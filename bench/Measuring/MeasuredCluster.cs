using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Measuring;

namespace RaftEngine.Bench.Measuring;

/// <summary>Three nodes over loopback TCP: one leads and one follows, in this process; the third is hindered here, or runs in a process of its own.</summary>
internal sealed class MeasuredCluster : IAsyncDisposable
{
    private const ulong ThirdId = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Hindrance? _hindrance;
    private readonly MeasuredNode[] _members;
    private readonly Dictionary<ulong, RaftNode<long>> _nodes = [];

    /// <summary>A cluster; call <see cref="StartAsync"/>.</summary>
    /// <param name="workspace">Where the nodes' files lie.</param>
    /// <param name="stateBytes">How large the state is.</param>
    /// <param name="hindrance">What holds up the third; null if that does not run here.</param>
    /// <param name="thirdWorkspace">Where the third one's files lie, if elsewhere.</param>
    public MeasuredCluster(Workspace workspace, long stateBytes, Hindrance? hindrance = null, Workspace? thirdWorkspace = null)
    {
        _hindrance = hindrance;
        Guid clusterId = Guid.NewGuid();
        int[] ports = Array.ConvertAll(LoopbackPorts.Take((int)ThirdId), static endPoint => endPoint.Port);
        _members = [.. ports.Index().Select(one => (ulong)one.Index + 1).Select(id =>
            new MeasuredNode(id, clusterId, (id == ThirdId ? thirdWorkspace ?? workspace : workspace).NewPath(), stateBytes, ports))];
    }

    /// <summary>The node that leads throughout.</summary>
    public RaftNode<long> Leader => _nodes[MeasuredNode.LeaderId];

    /// <summary>The nodes that run here.</summary>
    public IEnumerable<RaftNode<long>> Nodes => _nodes.Values;

    /// <summary>What it takes to run the third one elsewhere.</summary>
    public MeasuredNode Third => _members[^1];

    /// <summary>What is on its way from the leader to the third one.</summary>
    public UnansweredBytes Unanswered { get; } = new(ThirdId);

    /// <summary>The options of every node, as far as they bound memory.</summary>
    public RaftOptions Options => _members[0].Options;

    /// <summary>Starts those that run here.</summary>
    public async Task StartAsync()
    {
        foreach (MeasuredNode member in _members.Where(member => member != Third || _hindrance is not null))
        {
            IRaftTransport transport = member.CreateTransport();
            transport = member == Third ? new HinderedTransport(transport, _hindrance!) : transport;
            transport = member.Id == MeasuredNode.LeaderId ? new CountingTransport(transport, Unanswered) : transport;
            _nodes[member.Id] = await member.StartAsync(transport).ConfigureAwait(false);
        }

        await UntilAsync(IsLedAsync, "node 1 leads").ConfigureAwait(false);
    }

    /// <summary>Waits until the third node, which runs here, has applied what the leader has committed by now.</summary>
    public async Task CatchUpAsync()
    {
        RaftNode<long> third = _nodes[ThirdId];
        long committed = Leader.Status.CommitIndex;
        await UntilAsync(() => Task.FromResult(third.Status.AppliedIndex >= committed), "the third node has caught up").ConfigureAwait(false);
    }

    /// <summary>Waits for something to come true.</summary>
    /// <exception cref="TimeoutException">It did not.</exception>
    public static async Task UntilAsync(Func<Task<bool>> isTrue, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await isTrue().ConfigureAwait(false))
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
            {
                throw new TimeoutException($"Did not come true within {Patience}: {what}.");
            }

            await Task.Delay(10).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RaftNode<long> node in _nodes.Values)
        {
            await node.DisposeAsync().ConfigureAwait(false);
        }
    }

    // If another leads, it hands over.
    private async Task<bool> IsLedAsync()
    {
        RaftNode<long>? leader = _nodes.Values.FirstOrDefault(static node => node.Status is { Role: RaftRole.Leader, CommitIndex: > 0 });
        try
        {
            if (leader is not null && leader != Leader)
            {
                await leader.TransferLeadershipAsync(MeasuredNode.LeaderId).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is NotLeaderException or RequestRefusedException)
        {
            // It is tried again.
        }

        return Leader.Status is { Role: RaftRole.Leader, CommitIndex: > 0 };
    }
}
