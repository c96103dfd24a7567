using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using RaftEngine.Protocol;
using RaftEngine.Transport;

namespace RaftEngine.Tests.Support;

/// <summary>A cluster in this process, on real files and a chosen transport, whose nodes a test can stop, kill and start again.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly Func<ulong, IRaftTransport> _createTransport;
    private readonly Func<RaftOptions, RaftOptions>? _adjust;
    private readonly ILogger? _logger;
    private readonly TemporaryDirectory _directory = new();
    private readonly Guid _clusterId = Guid.NewGuid();

    public TestCluster(int size, Func<ulong, IRaftTransport> createTransport, Func<RaftOptions, RaftOptions>? adjust = null, ILogger? logger = null)
    {
        _logger = logger;
        _createTransport = createTransport;
        _adjust = adjust;
        Ids = [.. Enumerable.Range(1, size).Select(id => (ulong)id)];
    }

    public ulong[] Ids { get; }

    public Dictionary<ulong, RaftNode<int>> Nodes { get; } = [];

    public Dictionary<ulong, ListStateMachine> StateMachines { get; } = [];

    public RaftNode<int>? Leader => Nodes.Values
        .Select(node => (Node: node, node.Status))
        .Where(node => node.Status.Role == RaftRole.Leader && !node.Node.Completion.IsCompleted)
        .OrderByDescending(node => node.Status.Term)
        .Select(node => node.Node)
        .FirstOrDefault();

    public string DataDirectory(ulong id) => _directory.Sub(id.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public RaftOptions Options(ulong id)
    {
        RaftOptions options = new()
        {
            NodeId = id,
            Voters = Ids,
            ClusterId = _clusterId,
            DataDirectory = DataDirectory(id),
            SegmentSizeBytes = 1 << 20,
            MaxCommandBytes = 64 << 10,
            ProposalQueueBytes = 1 << 20,
            MessageQueueBytes = 2 << 20,
        };
        return _adjust is null ? options : _adjust(options);
    }

    public async Task StartAsync()
    {
        foreach (ulong id in Ids)
        {
            await StartAsync(id);
        }
    }

    public async Task<RaftNode<int>> StartAsync(ulong id)
    {
        ListStateMachine stateMachine = new();
        RaftNode<int> node = await RaftNode.StartAsync(Options(id), stateMachine, _createTransport(id), _logger);
        Nodes[id] = node;
        StateMachines[id] = stateMachine;
        return node;
    }

    /// <summary>A leader that a majority follows.</summary>
    public Task<RaftNode<int>> LeaderAsync() => Eventually.NotNull(
        () => Leader is { } leader && Nodes.Values.Count(node => node.Status.LeaderId == leader.Status.NodeId && node.Status.Term == leader.Status.Term) > Ids.Length / 2
            ? leader
            : null,
        "a leader that a majority follows");

    /// <summary>Proposes until it is acknowledged, wherever the leader is. A command may so be applied more than once.</summary>
    public async Task<Applied<int>> ProposeAsync(string command)
    {
        while (true)
        {
            try
            {
                return await (await LeaderAsync()).ProposeAsync(Encoding.UTF8.GetBytes(command));
            }
            catch (Exception exception) when (exception is NotLeaderException or OutcomeUnknownException or RaftOverloadedException or ObjectDisposedException)
            {
                await Task.Delay(5);
            }
        }
    }

    /// <summary>A read barrier, wherever the leader is.</summary>
    /// <returns>The node whose state machine may be read.</returns>
    public async Task<RaftNode<int>> ReadBarrierAsync()
    {
        while (true)
        {
            RaftNode<int> leader = await LeaderAsync();
            try
            {
                await leader.ReadBarrierAsync();
                return leader;
            }
            catch (Exception e) when (e is NotLeaderException or RequestRefusedException)
            {
                await Task.Delay(5);
            }
        }
    }

    /// <summary>Changes the members, wherever the leader is, until it is done: the incarnations that a leader writes down are changes too, and come one at a time.</summary>
    public async Task ChangeAsync(Configuration target)
    {
        long deadline = Environment.TickCount64 + 30_000;
        while (true)
        {
            try
            {
                await (await LeaderAsync()).ChangeMembersAsync(target).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
                return;
            }
            catch (Exception e) when (e is NotLeaderException or RequestRefusedException or OutcomeUnknownException && Environment.TickCount64 < deadline)
            {
                await Task.Delay(10);
            }
        }
    }

    /// <summary>Hands leadership over, until the node does not lead.</summary>
    public async Task HandOverAsync(ulong from, ulong to)
    {
        while (Nodes[from].Status.Role == RaftRole.Leader)
        {
            try
            {
                await Nodes[from].TransferLeadershipAsync(to).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            }
            catch (Exception e) when (e is NotLeaderException or RequestRefusedException)
            {
                await Task.Delay(10);
            }
        }
    }

    /// <summary>Waits until all running nodes have applied the same log, and returns its fingerprint.</summary>
    public async Task<ulong> ConvergeAsync()
    {
        RaftStatus[] statuses = [];
        await Eventually.True(
            () =>
            {
                statuses = [.. Nodes.Values.Select(node => node.Status)];
                return statuses.All(status => status.AppliedIndex == statuses[0].LastIndex && status.LastIndex == statuses[0].LastIndex && status.LastIndex > 0);
            },
            () => "equal logs, all applied: " + string.Join(" | ", statuses));
        ulong[] fingerprints = [.. statuses.Select(status => status.Fingerprint).Distinct()];
        string[][] states = [.. Nodes.Keys.Select(id => StateMachines[id].Commands)];
        if (fingerprints.Length != 1 || states.Any(state => !state.SequenceEqual(states[0])))
        {
            throw new InvalidOperationException("Replicas differ: " + string.Join(" | ", statuses));
        }

        return fingerprints[0];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RaftNode<int> node in Nodes.Values)
        {
            await node.DisposeAsync();
        }

        _directory.Dispose();
    }
}
