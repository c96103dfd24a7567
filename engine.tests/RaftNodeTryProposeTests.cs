using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>Refusals that a caller expects cost neither an exception nor an allocation.</summary>
public sealed class RaftNodeTryProposeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly InMemoryNetwork _network = new();

    [Fact]
    public async Task The_leader_accepts_and_the_others_refuse_without_an_allocation()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        RaftNode<int> other = cluster.Nodes.Values.First(node => node != leader);

        Assert.Equal(0, await AcceptedAsync(leader, "first"u8.ToArray()));
        Assert.Equal(0, AllocatedByRefusals(other, TryProposeResult.NotLeader));
        Assert.Equal(1, await AcceptedAsync(leader, "second"u8.ToArray()));
    }

    [Fact]
    public async Task A_node_that_forwards_accepts_for_the_leader()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport, static options => options with { ForwardProposals = true });
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        RaftNode<int> other = cluster.Nodes.Values.First(node => node != leader);

        Assert.Equal(0, await AcceptedAsync(other, "first"u8.ToArray()));
    }

    [Fact]
    public async Task A_node_with_too_much_under_way_refuses_without_an_allocation_and_one_that_has_stopped_refuses()
    {
        GatedStateMachine gated = new();
        gated.Gate.Set();
        using TemporaryDirectory directory = new();
        RaftOptions options = new()
        {
            NodeId = 1,
            Voters = [1],
            ClusterId = Guid.NewGuid(),
            DataDirectory = directory.Path,
            MaxInflightProposals = 4,
        };
        await using RaftNode<long> node = await RaftNode.StartAsync(options, gated, _network.CreateTransport(1));
        await node.WaitForLeadershipAsync().WaitAsync(Patience);
        gated.Gate.Reset();
        List<Task<Applied<long>>> accepted = [];
        while (node.TryPropose("x"u8, out ValueTask<Applied<long>> proposal) == TryProposeResult.Accepted)
        {
            accepted.Add(proposal.AsTask());
        }

        Assert.Equal(4, accepted.Count);
        Assert.Equal(0, AllocatedByRefusals(node, TryProposeResult.Overloaded));
        gated.Gate.Set();
        await Task.WhenAll(accepted).WaitAsync(Patience);
        Assert.Throws<ArgumentException>(() => node.TryPropose(new byte[2 << 20], out _));
        await node.DisposeAsync();
        Assert.Equal(TryProposeResult.Stopped, node.TryPropose("x"u8, out _));
    }

    private static async Task<int> AcceptedAsync(RaftNode<int> node, byte[] command)
    {
        Assert.Equal(TryProposeResult.Accepted, node.TryPropose(command, out ValueTask<Applied<int>> proposal));
        return (await proposal.AsTask().WaitAsync(Patience)).Result;
    }

    private static long AllocatedByRefusals<TResult>(RaftNode<TResult> node, TryProposeResult expected)
    {
        int others = 0;
        long before = ThreadAllocations.Begin();
        for (int i = 0; i < 1000; i++)
        {
            others += node.TryPropose("x"u8, out _) == expected ? 0 : 1;
        }

        long allocated = ThreadAllocations.Since(before);
        Assert.Equal(0, others);
        return allocated;
    }
}
