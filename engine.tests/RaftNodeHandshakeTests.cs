using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;
using RaftEngine.Tests.Transport;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>What nodes must agree on at first contact, and what they tell if they only should.</summary>
public sealed class RaftNodeHandshakeTests : IAsyncDisposable
{
    private const int OtherInitialVoters = 1040;
    private const int OtherLimit = 1041;
    private const int OtherElectionTimeout = 1042;
    private const int OtherVotersThanBefore = 1043;
    private const int RefusedByPeer = 3005;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();
    private readonly Guid _clusterId = Guid.NewGuid();
    private readonly Dictionary<ulong, RaftNode<int>> _nodes = [];
    private readonly ConcurrentDictionary<ulong, ListLogger> _loggers = [];

    public async ValueTask DisposeAsync()
    {
        foreach (RaftNode<int> node in _nodes.Values)
        {
            await node.DisposeAsync();
        }

        _directory.Dispose();
    }

    // Node 1 is a cluster of its own, and acknowledges alone; 2 and 3 are another one. Nothing passes between the two, and both say why.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nodes_that_began_with_different_voters_refuse_each_other(bool isTcp)
    {
        Func<ulong, IRaftTransport> transports = Transports(isTcp);
        RaftNode<int> one = await StartAsync(1, transports, [1]);
        await Eventually.True(() => one.Status.Role == RaftRole.Leader, "it leads alone");
        await one.ProposeAsync("alone"u8).AsTask().WaitAsync(Patience);
        RaftNode<int> two = await StartAsync(2, transports, [1, 2, 3]);
        RaftNode<int> three = await StartAsync(3, transports, [1, 2, 3]);
        await Eventually.True(() => two.Status.Role == RaftRole.Leader || three.Status.Role == RaftRole.Leader, "the other two are a majority");
        RaftNode<int> leader = two.Status.Role == RaftRole.Leader ? two : three;
        await leader.ProposeAsync("together"u8).AsTask().WaitAsync(Patience);
        await one.ProposeAsync("alone again"u8).AsTask().WaitAsync(Patience);

        await Eventually.True(() => new ulong[] { 1, 2, 3 }.All(TellsBoth), "all say so, with both lists");
        Assert.Equal((RaftRole.Leader, 1), (one.Status.Role, one.Status.Configuration!.Voters.Length));
        Assert.Equal(3, leader.Status.Configuration!.Voters.Length);
        Assert.Equal(0UL, leader.Status.Configuration.Find(1).Incarnation);
        Assert.All(_nodes.Values, static node => Assert.False(node.Completion.IsCompleted));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Limits_that_differ_are_told_once_for_each_peer_with_both_values(bool isTcp)
    {
        Func<ulong, IRaftTransport> transports = Transports(isTcp);
        await StartAsync(1, transports, [1, 2, 3]);
        await StartAsync(2, transports, [1, 2, 3], static options => options with
        {
            MaxCommandBytes = 32 << 10,
            MaxMessageBytes = 128 << 10,
            ElectionTimeout = TimeSpan.FromMilliseconds(500),
        });
        await StartAsync(3, transports, [1, 2, 3]);
        await Eventually.True(() => _nodes.Values.Any(static node => node.Status.Role == RaftRole.Leader), "they are a cluster all the same");
        await Eventually.True(() => Lines(1, OtherLimit).Count == 2 && Lines(2, OtherElectionTimeout).Count == 2, "it is told");
        await _nodes[3].DisposeAsync();
        await StartAsync(3, transports, [1, 2, 3]);
        await Eventually.True(() => Lines(3, OtherLimit).Count == 2, "a node that starts anew tells it anew");

        Assert.Contains(Lines(1, OtherLimit), static line => line.Contains("MaxCommandBytes is 65536 here, and 32768 at node 2", StringComparison.Ordinal));
        Assert.Contains(Lines(1, OtherLimit), static line => line.Contains("MaxMessageBytes is 262144 here, and 131072 at node 2", StringComparison.Ordinal));
        string timeout = Assert.Single(Lines(1, OtherElectionTimeout));
        Assert.Contains("00:00:01 here, and 00:00:00.5000000 at node 2", timeout, StringComparison.Ordinal);
        Assert.Contains("lease", timeout, StringComparison.Ordinal);
        Assert.Equal(4, Lines(2, OtherLimit).Count); // two, of each peer: not again when one comes back
        Assert.Empty(Lines(1, OtherInitialVoters));
    }

    [Fact]
    public async Task A_node_started_with_other_voters_than_before_says_so_and_goes_by_its_directory()
    {
        Func<ulong, IRaftTransport> transports = Transports(isTcp: false);
        RaftNode<int> one = await StartAsync(1, transports, [1, 2, 3]);
        Assert.Empty(Lines(1, OtherVotersThanBefore));
        await one.DisposeAsync();
        one = await StartAsync(1, transports, [1]);
        string warning = Assert.Single(Lines(1, OtherVotersThanBefore));
        Assert.Contains("with the voters 1, but its directory began with 1 2 3", warning, StringComparison.Ordinal);
        Assert.Equal([1UL, 2, 3], one.Status.Configuration!.Voters.ToArray());
        await Task.Delay(100);
        Assert.NotEqual(RaftRole.Leader, one.Status.Role);

        await StartAsync(2, transports, [1, 2, 3]);
        await Eventually.True(() => _nodes.Values.Any(static node => node.Status.Role == RaftRole.Leader), "it is the cluster of three that it always was");
        Assert.Empty(Lines(2, OtherInitialVoters));
    }

    [Fact]
    public async Task A_node_that_joined_claims_nothing_and_does_not_become_a_founder_by_its_options()
    {
        Func<ulong, IRaftTransport> transports = Transports(isTcp: false);
        RaftNode<int> two = await StartAsync(2, transports, [1]);
        await two.DisposeAsync();
        two = await StartAsync(2, transports, [2]);
        Assert.Contains("joined", Assert.Single(Lines(2, OtherVotersThanBefore)), StringComparison.Ordinal);
        await StartAsync(1, transports, [1]);
        await Eventually.True(() => _nodes[1].Status.Role == RaftRole.Leader, "the one that began it leads");
        Assert.Empty(Lines(1, OtherInitialVoters));
        await Task.Delay(2500); // more than two election timeouts
        Assert.Equal((RaftRole.Follower, 0L), (two.Status.Role, two.Status.Term));
    }

    // The node itself tells it, or its transport, which has been refused: the one list, and the other.
    private bool TellsBoth(ulong id) => new[] { OtherInitialVoters, RefusedByPeer }.Any(code => Lines(id, code).Any(
        static line => Regex.IsMatch(line, "voters 1,? .*with 1 2 3|voters 1 2 3,? .*with 1[.:]", RegexOptions.ExplicitCapture, Patience)));

    private IReadOnlyList<string> Lines(ulong id, int code) => _loggers[id].Lines(code);

    private Func<ulong, IRaftTransport> Transports(bool isTcp)
    {
        if (!isTcp)
        {
            return new InMemoryNetwork().CreateTransport;
        }

        Dictionary<ulong, EndPoint> endPoints = FreePorts.EndPoints(3);
        return id => new TcpTransport(new TcpTransportOptions { ListenEndPoint = (IPEndPoint)endPoints[id], Peers = endPoints, Logger = _loggers[id] });
    }

    private async Task<RaftNode<int>> StartAsync(
        ulong id, Func<ulong, IRaftTransport> transports, ulong[] voters, Func<RaftOptions, RaftOptions>? adjust = null)
    {
        RaftOptions options = new()
        {
            NodeId = id,
            Voters = voters,
            ClusterId = _clusterId,
            DataDirectory = _directory.Sub($"{id}"),
            SegmentSizeBytes = 256 << 10,
            MaxCommandBytes = 64 << 10,
            ElectionTimeout = TimeSpan.FromSeconds(1),
        };
        ListLogger logger = _loggers[id] = new ListLogger();
        return _nodes[id] = await RaftNode.StartAsync(adjust is null ? options : adjust(options), new ListStateMachine(), transports(id), logger);
    }
}
