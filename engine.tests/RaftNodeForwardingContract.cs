using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>What a node promises that sends its commands to the leader, whatever carries its messages; inherited by a class for each transport.</summary>
public abstract class RaftNodeForwardingContract
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private protected abstract Func<ulong, IRaftTransport> Transports(int nodes);

    [Fact]
    public async Task Commands_given_to_any_node_are_applied_once_and_end_with_that_nodes_own_result()
    {
        await using TestCluster cluster = await StartAsync();
        Task<(ulong Node, string Command, Applied<int> Applied)>[] proposals =
        [
            .. Enumerable.Range(0, 600).Select(async i =>
            {
                ulong node = cluster.Ids[i % 3];
                Applied<int> applied = await cluster.Nodes[node].ProposeAsync(Encoding.UTF8.GetBytes($"command {i}")).AsTask().WaitAsync(Patience);
                Assert.Equal($"command {i}", cluster.StateMachines[node].Commands[applied.Result]); // it is applied here already
                return (node, $"command {i}", applied);
            }),
        ];

        (ulong Node, string Command, Applied<int> Applied)[] ended = await Task.WhenAll(proposals);
        await cluster.ConvergeAsync();

        Assert.Equal(600, ended.Select(static proposal => proposal.Applied.Index).Distinct().Count());
        Assert.Equal(600, cluster.StateMachines[1].Commands.Length);
        Assert.All(ended, proposal => Assert.Equal(proposal.Command, cluster.StateMachines[2].Commands[proposal.Applied.Result]));
    }

    [Fact]
    public async Task What_was_written_by_way_of_a_follower_is_read_on_every_node()
    {
        await using TestCluster cluster = await StartAsync();
        for (int i = 0; i < 30; i++)
        {
            await cluster.Nodes[cluster.Ids[i % 3]].ProposeAsync(Encoding.UTF8.GetBytes($"{i}")).AsTask().WaitAsync(Patience);
            ulong reader = cluster.Ids[(i + 1) % 3];
            await cluster.Nodes[reader].ReadBarrierAsync().AsTask().WaitAsync(Patience);
            Assert.Contains($"{i}", cluster.StateMachines[reader].Commands);
        }
    }

    [Fact]
    public async Task When_the_leader_is_lost_every_command_ends_and_none_is_applied_twice()
    {
        await using TestCluster cluster = await StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        RaftNode<int>[] followers = [.. cluster.Nodes.Values.Where(node => node != leader)];
        ConcurrentBag<string> acknowledged = [];
        ConcurrentBag<string> unknown = [];
        ConcurrentBag<string> refused = [];
        using CancellationTokenSource stop = new();
        Task[] callers = [.. Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                string command = $"{caller}.{i}";
                try
                {
                    await followers[caller % 2].ProposeAsync(Encoding.UTF8.GetBytes(command)).AsTask().WaitAsync(Patience);
                    acknowledged.Add(command);
                }
                catch (OutcomeUnknownException)
                {
                    unknown.Add(command);
                }
                catch (Exception e) when (e is NotLeaderException or RaftOverloadedException)
                {
                    refused.Add(command);
                    await Task.Delay(10);
                }
            }
        }))];
        await Eventually.True(() => acknowledged.Count > 100, "commands go on");
        await leader.AbortAsync();
        cluster.Nodes.Remove(leader.Status.NodeId);
        await cluster.LeaderAsync();
        int before = acknowledged.Count;
        await Eventually.True(() => acknowledged.Count > before + 100, "commands go on at the new leader");
        await stop.CancelAsync();
        await Task.WhenAll(callers);

        // The rest of the time, which is bounded, has told every caller something; now what it was.
        await cluster.ConvergeAsync();
        Dictionary<string, int> applied = cluster.StateMachines[followers[0].Status.NodeId].Commands.CountBy(static command => command).ToDictionary();
        Assert.DoesNotContain(applied, static command => command.Value > 1);
        Assert.Empty(acknowledged.Except(applied.Keys));
        Assert.Empty(refused.Intersect(applied.Keys));
    }

    [Fact]
    public async Task A_command_that_the_leader_has_no_room_for_or_finds_too_large_was_never_appended()
    {
        ulong small = 0;
        await using TestCluster cluster = await StartAsync(options => options.NodeId == small
            ? options with { MaxCommandBytes = 32 << 10, MaxLogBytes = 2 << 20 }
            : options with { ElectionPriority = 0 });
        small = 1;
        await cluster.Nodes[small].DisposeAsync();
        await cluster.StartAsync(small);
        RaftNode<int> node = await LedByAsync(cluster, small);
        byte[] tooLarge = new byte[(32 << 10) + 1];
        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(() => node.ProposeAsync(tooLarge).AsTask().WaitAsync(Patience));
        Assert.Contains("node 1", refused.Message, StringComparison.Ordinal);

        int taken = 0;
        LogFullException? full = null;
        while (full is null)
        {
            try
            {
                await node.ProposeAsync(new byte[32 << 10]).AsTask().WaitAsync(Patience);
                taken++;
            }
            catch (LogFullException e)
            {
                full = e;
            }
        }

        Assert.Contains("node 1", full.Message, StringComparison.Ordinal);
        Assert.InRange(taken, 1, 64);
        Assert.Equal(taken, cluster.StateMachines[node.Status.NodeId].Commands.Length);
    }

    // Another node, which follows this one: leadership is handed over until it leads.
    private static async Task<RaftNode<int>> LedByAsync(TestCluster cluster, ulong id)
    {
        await Eventually.True(
            async () =>
            {
                RaftNode<int> leader = await cluster.LeaderAsync();
                if (leader.Status.NodeId == id)
                {
                    return true;
                }

                await Record.ExceptionAsync(() => leader.TransferLeadershipAsync(id).AsTask().WaitAsync(Patience));
                return false;
            },
            () => $"node {id} leads");
        return await Eventually.NotNull(() => cluster.Nodes.Values.FirstOrDefault(node => node.Status.LeaderId == id && node.Status.NodeId != id), "a follower");
    }

    private async Task<TestCluster> StartAsync(Func<RaftOptions, RaftOptions>? adjust = null)
    {
        TestCluster cluster = new(
            3,
            Transports(3),
            options => (adjust is null ? options : adjust(options)) with { ForwardProposals = true, ElectionTimeout = TimeSpan.FromSeconds(2) });
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        await Eventually.True(() => cluster.Nodes.Values.All(node => node.Status.LeaderId == leader.Status.NodeId), "all know the leader");
        return cluster;
    }
}
