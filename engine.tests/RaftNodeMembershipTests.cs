using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>Members come and go, leadership is handed over, and every node answers reads, while commands go on.</summary>
public sealed class RaftNodeMembershipTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly InMemoryNetwork _network = new();

    [Fact]
    public async Task A_learner_gets_the_log_and_becomes_a_voter_once_it_has_caught_up()
    {
        await using TestCluster cluster = NewCluster(3);
        await cluster.StartAsync();
        await cluster.ProposeAsync("before");
        RaftNode<int> leader = await cluster.LeaderAsync();
        RaftNode<int> added = await cluster.StartAsync(4);
        await cluster.ChangeAsync(new Configuration([.. Voters(1, 2, 3), new Member(4, MemberRoles.Learner | MemberRoles.Promotable)]));

        await Eventually.True(() => leader.Status.Configuration!.Voters.Length == 4, "it votes");
        await cluster.ProposeAsync("after");
        await cluster.ConvergeAsync();
        Assert.Equal(["before", "after"], cluster.StateMachines[4].Commands);
        Assert.Equal(RaftRole.Follower, added.Status.Role);
    }

    [Fact]
    public async Task Leadership_is_handed_over_and_commands_go_on_at_the_new_leader()
    {
        await using TestCluster cluster = NewCluster(3);
        await cluster.StartAsync();
        for (int i = 0; i < 4; i++)
        {
            RaftNode<int> leader = await cluster.LeaderAsync();
            ulong target = cluster.Ids.First(id => id != leader.Status.NodeId);
            await leader.TransferLeadershipAsync(target).AsTask().WaitAsync(Patience);
            await Eventually.True(() => cluster.Nodes[target].Status.Role == RaftRole.Leader, "the target leads");
            await cluster.Nodes[target].ProposeAsync(Encoding.UTF8.GetBytes($"{i}")).AsTask().WaitAsync(Patience);
        }

        await cluster.ConvergeAsync();
        Assert.Equal(["0", "1", "2", "3"], cluster.StateMachines[1].Commands);
    }

    [Fact]
    public async Task What_cannot_be_done_is_refused_and_says_why()
    {
        await using TestCluster cluster = NewCluster(3);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        await cluster.ProposeAsync("committed");
        RaftNode<int> follower = cluster.Nodes.Values.First(node => node != leader);
        Assert.Equal(RequestRefusal.NotVoter, (await Assert.ThrowsAsync<RequestRefusedException>(async () => await leader.TransferLeadershipAsync(9))).Reason);
        await leader.TransferLeadershipAsync(leader.Status.NodeId);
        await Assert.ThrowsAsync<NotLeaderException>(async () => await follower.TransferLeadershipAsync(1));
        await Assert.ThrowsAsync<NotLeaderException>(async () => await follower.ChangeMembersAsync(new Configuration([1, 2])));
        Configuration joint = new([new Member(1, MemberRoles.Voter), new Member(2, MemberRoles.OutgoingVoter)]);
        await Assert.ThrowsAsync<ArgumentException>(async () => await leader.ChangeMembersAsync(joint));

        ulong target = follower.Status.NodeId;
        _network.Isolate(target);
        Task timesOut = leader.TransferLeadershipAsync(target).AsTask();
        await Assert.ThrowsAsync<NotLeaderException>(async () => await leader.ProposeAsync("meanwhile"u8));
        Assert.Equal(RequestRefusal.TimedOut, (await Assert.ThrowsAsync<RequestRefusedException>(() => timesOut.WaitAsync(Patience))).Reason);
        await leader.ProposeAsync("goes on"u8).AsTask().WaitAsync(Patience);
    }

    [Fact]
    public async Task A_read_barrier_on_any_node_shows_what_was_acknowledged_before()
    {
        await using TestCluster cluster = NewCluster(3);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        for (int i = 0; i < 50; i++)
        {
            await leader.ProposeAsync(Encoding.UTF8.GetBytes($"{i}")).AsTask().WaitAsync(Patience);
            foreach (ulong id in cluster.Ids)
            {
                await cluster.Nodes[id].ReadBarrierAsync().AsTask().WaitAsync(Patience);
                Assert.Equal(i + 1, cluster.StateMachines[id].Commands.Length);
            }

            await leader.ReadBarrierAsync(ReadConsistency.Lease).AsTask().WaitAsync(Patience);
            Assert.Equal(i + 1, cluster.StateMachines[leader.Status.NodeId].Commands.Length);
        }
    }

    [Fact]
    public async Task A_node_that_is_cut_off_refuses_every_read_that_it_cannot_vouch_for()
    {
        await using TestCluster cluster = NewCluster(3);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        RaftNode<int> follower = cluster.Nodes.Values.First(node => node != leader);
        await leader.ProposeAsync("x"u8);
        await Eventually.True(() => follower.Status.AppliedIndex == leader.Status.AppliedIndex, "the follower has it");
        await follower.ReadBarrierAsync(TimeSpan.FromSeconds(20)).AsTask().WaitAsync(Patience);
        _network.Isolate(follower.Status.NodeId);
        await Eventually.True(() => follower.Status.LeaderId == 0, "it knows no leader");
        await Assert.ThrowsAsync<NotLeaderException>(async () => await follower.ReadBarrierAsync());
        await Assert.ThrowsAsync<TooStaleException>(async () => await follower.ReadBarrierAsync(TimeSpan.FromMilliseconds(1)));
        await follower.ReadBarrierAsync(TimeSpan.FromMinutes(5)).AsTask().WaitAsync(Patience);
        await follower.ReadBarrierAsync(ReadConsistency.Local);
    }

    [Fact]
    public async Task A_wiped_node_counts_for_nothing_until_it_is_removed_and_added_again()
    {
        await using TestCluster cluster = NewCluster(3);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        await cluster.ProposeAsync("before");
        await Eventually.True(() => leader.Status.Configuration!.Members.All(static member => member.Incarnation != 0), "the members are known");
        await cluster.ConvergeAsync();
        ulong id = cluster.Ids.First(other => other != leader.Status.NodeId);
        await cluster.Nodes[id].DisposeAsync();
        System.IO.Directory.Delete(cluster.DataDirectory(id), recursive: true);

        RaftNode<int> wiped = await cluster.StartAsync(id);
        await Eventually.True(() => wiped.Status.IsSuperseded, "it knows that it is not the member");
        await cluster.ProposeAsync("without it");
        Assert.Equal(0, wiped.Status.LastIndex);

        ulong[] others = [.. cluster.Ids.Where(other => other != id)];
        await cluster.ChangeAsync(new Configuration([.. Voters(others)]));
        await cluster.ChangeAsync(new Configuration([.. Voters(others), new Member(id, MemberRoles.Learner | MemberRoles.Promotable)]));
        await Eventually.True(() => leader.Status.Configuration!.IsVoter(id), "it votes again");
        await cluster.ConvergeAsync();
        Assert.Equal(["before", "without it"], cluster.StateMachines[id].Commands);
    }

    private static IEnumerable<Member> Voters(params ulong[] ids) => ids.Select(static id => new Member(id, MemberRoles.Voter));

    private TestCluster NewCluster(int size) => new(size, _network.CreateTransport, static options => options with { ElectionTimeout = TimeSpan.FromSeconds(1) });
}
