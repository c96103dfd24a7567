using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>What waits for a leader or for leadership ends with it, with the token, or with the node.</summary>
public sealed class RaftNodeStatusWaitTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly InMemoryNetwork _network = new();

    [Fact]
    public async Task All_nodes_come_to_know_the_leader_and_only_it_leads()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport);
        await cluster.StartAsync();
        RaftNode<int>[] nodes = [.. cluster.Nodes.Values];
        Task<RaftLeadership>[] leaderships = [.. nodes.Select(node => node.WaitForLeadershipAsync())];

        ulong[] leaders = await Task.WhenAll(nodes.Select(node => node.WaitForLeaderAsync())).WaitAsync(Patience);
        RaftLeadership first = await (await Task.WhenAny(leaderships)).WaitAsync(Patience);

        Assert.All(leaders, leader => Assert.Contains(leader, cluster.Ids));
        Assert.InRange(first.Term, 1, long.MaxValue);
    }

    [Fact]
    public async Task Leadership_ends_with_a_transfer_and_the_next_leader_has_a_later_term()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        using RaftLeadership leadership = await leader.WaitForLeadershipAsync().WaitAsync(Patience);
        Assert.False(leadership.Ended.IsCancellationRequested);
        ulong other = cluster.Ids.First(id => id != leader.Status.NodeId);
        Task<RaftLeadership> next = cluster.Nodes[other].WaitForLeadershipAsync();

        await cluster.HandOverAsync(leader.Status.NodeId, other);

        await EndsAsync(leadership.Ended);
        Assert.InRange((await next.WaitAsync(Patience)).Term, leadership.Term + 1, long.MaxValue);
    }

    [Fact]
    public async Task Leadership_ends_with_the_node()
    {
        await using TestCluster cluster = new(1, _network.CreateTransport);
        await cluster.StartAsync();
        RaftNode<int> node = cluster.Nodes[1];
        using RaftLeadership watched = await node.WaitForLeadershipAsync().WaitAsync(Patience);
        using RaftLeadership disposed = await node.WaitForLeadershipAsync().WaitAsync(Patience);
        disposed.Dispose();

        await node.DisposeAsync();

        await EndsAsync(watched.Ended);
        Assert.False(disposed.Ended.IsCancellationRequested);
    }

    [Fact]
    public async Task Waits_end_when_the_node_stops_or_the_token_is_cancelled()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport);
        RaftNode<int> alone = await cluster.StartAsync(1); // two of three are not there: no leader
        using CancellationTokenSource stop = new();
        Task cancelled = alone.WaitForLeaderAsync(stop.Token);
        Task leader = alone.WaitForLeaderAsync();
        Task leadership = alone.WaitForLeadershipAsync();
        Assert.False(leader.IsCompleted);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Patience));
        Assert.False(leader.IsCompleted);

        await alone.DisposeAsync();
        await Assert.ThrowsAsync<RaftStoppedException>(() => leader.WaitAsync(Patience));
        await Assert.ThrowsAsync<RaftStoppedException>(() => leadership.WaitAsync(Patience));
        await Assert.ThrowsAsync<RaftStoppedException>(() => alone.WaitForLeaderAsync().WaitAsync(Patience));
    }

    private static Task EndsAsync(CancellationToken token) => Eventually.True(() => token.IsCancellationRequested, "leadership ended");
}
