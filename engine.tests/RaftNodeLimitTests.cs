using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Text;
using System.Threading.Tasks;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>Bounds that differ from node to node, or from run to run: a node's own guard what it proposes, and stop nothing that others agreed on.</summary>
public class RaftNodeLimitTests
{
    private const int LargeBytes = 200_000;

    private static readonly string s_large = new('x', LargeBytes);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Entries_of_a_larger_bound_reach_a_new_member_after_it_was_lowered(bool overTcp)
    {
        Dictionary<ulong, bool> isSmall = [];
        await using TestCluster cluster = NewCluster(overTcp, isSmall);
        await cluster.StartAsync();
        await cluster.ProposeAsync(s_large);
        await cluster.ConvergeAsync();
        foreach (ulong id in cluster.Ids)
        {
            await cluster.Nodes[id].DisposeAsync();
        }

        foreach (ulong id in new ulong[] { 1, 2, 3, 4 })
        {
            isSmall[id] = true;
            await cluster.StartAsync(id);
        }

        RaftNode<int> leader = await cluster.LeaderAsync();
        await Assert.ThrowsAsync<ArgumentException>(async () => await leader.ProposeAsync(Encoding.UTF8.GetBytes(s_large)));
        await cluster.ChangeAsync(new Configuration(
        [
            .. cluster.Ids.Select(static id => new Member(id, MemberRoles.Voter)),
            new Member(4, MemberRoles.Learner | MemberRoles.Promotable),
        ]));
        await Eventually.True(() => cluster.Nodes[4].Status.Configuration!.Voters.Length == 4, "the new member votes");
        await cluster.ProposeAsync("after");
        await cluster.ConvergeAsync();
        Assert.Equal([s_large, "after"], cluster.StateMachines[4].Commands);

        // What it took opens again.
        await cluster.Nodes[4].DisposeAsync();
        await cluster.StartAsync(4);
        await cluster.ConvergeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_leader_of_a_larger_bound_than_the_others_goes_on_committing(bool overTcp)
    {
        Dictionary<ulong, bool> isSmall = new() { [2] = true, [3] = true };
        await using TestCluster cluster = NewCluster(overTcp, isSmall);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        if (leader.Status.NodeId != 1)
        {
            await cluster.HandOverAsync(leader.Status.NodeId, 1);
            await Eventually.True(() => cluster.Nodes[1].Status.Role == RaftRole.Leader, "the node with the larger bound leads");
        }

        for (int i = 0; i < 3; i++)
        {
            await cluster.ProposeAsync(s_large);
            await cluster.ProposeAsync("small");
        }

        await cluster.ConvergeAsync();
        Assert.Equal(6, cluster.StateMachines[2].Commands.Length);
    }

    // The small ones' rings, segments and frames hold no such entry.
    private static TestCluster NewCluster(bool overTcp, Dictionary<ulong, bool> isSmall)
    {
        Dictionary<ulong, EndPoint> endPoints = FreePorts.EndPoints(4);
        Func<ulong, IRaftTransport> transports = overTcp
            ? id => new TcpTransport(new TcpTransportOptions
            {
                ListenEndPoint = (IPEndPoint)endPoints[id],
                Peers = endPoints,
                MaxFrameBytes = isSmall.GetValueOrDefault(id) ? 64 << 10 : 20 << 20,
            })
            : new InMemoryNetwork().CreateTransport;
        return new TestCluster(3, transports, options => isSmall.GetValueOrDefault(options.NodeId)
            ? options with
            {
                MaxCommandBytes = 4 << 10,
                SegmentSizeBytes = 64 << 10,
                MaxMessageBytes = 8 << 10,
                MessageQueueBytes = 64 << 10,
                ProposalQueueBytes = 64 << 10,
                MaxInflightBytes = 64 << 10,
            }
            : options with { MaxCommandBytes = 256 << 10, SegmentSizeBytes = 1 << 20, MessageQueueBytes = 4 << 20 });
    }
}
