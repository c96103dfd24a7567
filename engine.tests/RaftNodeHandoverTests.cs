using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>An orderly stop costs nothing that it need not: leadership moves first, and what was appended ends with its result.</summary>
public sealed class RaftNodeHandoverTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly InMemoryNetwork _network = new();

    [Fact]
    public async Task A_leader_that_stops_hands_over_first_and_no_command_ends_unknown()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport, Patient);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        RaftNode<int>[] others = [.. cluster.Nodes.Values.Where(node => node != leader)];
        await leader.ProposeAsync("first"u8.ToArray()).AsTask().WaitAsync(Patience);
        await AnswersAsync(leader);
        List<Task<Applied<int>>> commands = Propose(leader, 500);

        await leader.DisposeAsync();

        await AssertNoneUnknownAsync(commands);
        RaftNode<int> next = await NextLeaderAsync(others);
        Assert.Equal(leader.Status.Term, next.Status.Term); // it stopped when it knew who leads
    }

    [Fact]
    public async Task A_leader_that_resigns_follows_the_next_one_and_its_commands_end_with_their_results()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport, Patient);
        await cluster.StartAsync();
        for (int i = 0; i < 5; i++)
        {
            RaftNode<int> leader = await cluster.LeaderAsync();
            await AnswersAsync(leader);
            List<Task<Applied<int>>> commands = Propose(leader, 200);
            await leader.ResignAsync().AsTask().WaitAsync(Patience);
            commands.AddRange(Propose(leader, 10));
            await AssertNoneUnknownAsync(commands);
            await Eventually.True(() => leader.Status.LeaderId != 0, "the next leader");
            Assert.NotEqual(RaftRole.Leader, leader.Status.Role);
            await leader.ResignAsync().AsTask().WaitAsync(Patience); // it does not lead: nothing to do
        }

        await cluster.ConvergeAsync();
    }

    // Neither the leader nor any other has heard of a majority when it ceases to lead.
    [Fact]
    public async Task Commands_that_only_the_successor_has_end_with_their_results()
    {
        await using TestCluster cluster = new(5, _network.CreateTransport, Patient);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        await leader.ProposeAsync("first"u8.ToArray()).AsTask().WaitAsync(Patience);
        await Eventually.True(() => leader.GetPeers() is { Length: > 3 } peers && peers.All(peer => peer.MatchIndex == leader.Status.LastIndex), "all follow");
        ulong id = leader.Status.NodeId;
        ulong successor = cluster.Ids.First(other => other != id);
        foreach (ulong other in cluster.Ids.Where(other => other != id && other != successor))
        {
            _network.Disconnect(id, other);
            _network.Disconnect(other, id);
        }

        List<Task<Applied<int>>> commands = Propose(leader, 20);
        await Eventually.True(() => cluster.Nodes[successor].Status.LastIndex == leader.Status.LastIndex && leader.Status.LastIndex > 20, "the successor has all");
        Assert.All(commands, static command => Assert.False(command.IsCompleted));
        await leader.TransferLeadershipAsync(successor).AsTask().WaitAsync(Patience);
        foreach (Task<Applied<int>> command in commands)
        {
            await command.WaitAsync(Patience);
        }

        Assert.Equal(RaftRole.Leader, cluster.Nodes[successor].Status.Role);
    }

    // On the successor as well as on the third node.
    [Fact]
    public async Task Commands_that_were_forwarded_to_a_leader_that_stops_do_not_end_unknown()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport, static options => Patient(options) with { ForwardProposals = true });
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        await leader.ProposeAsync("first"u8.ToArray()).AsTask().WaitAsync(Patience);
        await AnswersAsync(leader);
        RaftNode<int>[] others = [.. cluster.Nodes.Values.Where(node => node != leader)];
        await Eventually.True(() => others.All(node => node.Status.LeaderId == leader.Status.NodeId), "both follow");
        List<Task<Applied<int>>> commands = [.. Propose(others[0], 300), .. Propose(others[1], 300)];
        await leader.DisposeAsync();
        await AssertNoneUnknownAsync(commands);
    }

    [Fact]
    public async Task The_only_voter_does_not_resign_and_stops_all_the_same()
    {
        await using TestCluster cluster = new(1, _network.CreateTransport, Patient);
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        RequestRefusedException refused = await Assert.ThrowsAsync<RequestRefusedException>(async () => await node.ResignAsync());
        Assert.Equal(RequestRefusal.NotReachable, refused.Reason);
        List<Task<Applied<int>>> commands = Propose(node, 100);
        await node.DisposeAsync();
        await AssertNoneUnknownAsync(commands);
    }

    [Fact]
    public async Task Leadership_is_not_handed_to_a_node_that_is_gone()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport, Patient);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        await leader.ProposeAsync("first"u8.ToArray()).AsTask().WaitAsync(Patience);
        await AnswersAsync(leader);
        RaftNode<int> dead = cluster.Nodes.Values.First(node => node != leader);
        await dead.AbortAsync();
        cluster.Nodes.Remove(dead.Status.NodeId);
        await Task.Delay(leader.Status.ElectionTimeout * 1.2);

        RequestRefusedException refused = await Assert.ThrowsAsync<RequestRefusedException>(async () => await leader.TransferLeadershipAsync(dead.Status.NodeId));
        Assert.Equal(RequestRefusal.NotReachable, refused.Reason);
        await leader.ProposeAsync("second"u8.ToArray()).AsTask().WaitAsync(Patience);
        await leader.TransferLeadershipAsync(0).AsTask().WaitAsync(Patience);
        RaftNode<int> last = cluster.Nodes.Values.First(node => node != leader);
        await Eventually.True(() => last.Status.Role == RaftRole.Leader, "the one that is left leads");
    }

    private static RaftOptions Patient(RaftOptions options) => options with { ElectionTimeout = TimeSpan.FromSeconds(2), MaxElectionTimeout = TimeSpan.FromSeconds(2) };

    // Until both others are at hand.
    private static Task AnswersAsync(RaftNode<int> leader) =>
        Eventually.True(() => leader.GetPeers() is { Length: > 1 } peers && peers.All(peer => peer.MatchIndex == leader.Status.LastIndex), "all follow");

    private static List<Task<Applied<int>>> Propose(RaftNode<int> node, int count)
    {
        List<Task<Applied<int>>> commands = [];
        for (int i = 0; i < count; i++)
        {
            commands.Add(node.ProposeAsync(Encoding.UTF8.GetBytes($"{i}")).AsTask());
        }

        return commands;
    }

    private static async Task AssertNoneUnknownAsync(List<Task<Applied<int>>> commands)
    {
        foreach (Task<Applied<int>> command in commands)
        {
            Exception? failure = await Record.ExceptionAsync(() => command.WaitAsync(Patience));
            Assert.True(failure is null or NotLeaderException or ObjectDisposedException, $"{failure}");
        }
    }

    private static Task<RaftNode<int>> NextLeaderAsync(RaftNode<int>[] nodes) =>
        Eventually.NotNull(() => nodes.FirstOrDefault(static node => node.Status.Role == RaftRole.Leader), "the next leader");
}
