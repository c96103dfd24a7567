using System;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

public class RaftNodeInMemoryTests : RaftNodeContract
{
    private readonly InMemoryNetwork _network = new();

    private protected override Func<ulong, IRaftTransport> Transports(int nodes) => _network.CreateTransport;

    [Fact]
    public async Task A_leader_that_is_cut_off_steps_down_and_says_that_the_outcome_is_unknown()
    {
        await using TestCluster cluster = NewCluster(3, options => With(options, electionTimeout: TimeSpan.FromSeconds(1)));
        await cluster.StartAsync();
        RaftNode<int> old = await cluster.LeaderAsync();
        await old.ProposeAsync("before"u8);
        _network.Isolate(old.Status.NodeId);
        Task<Applied<int>> write = old.ProposeAsync("lost"u8).AsTask();
        Task read = old.ReadBarrierAsync().AsTask();

        await Eventually.True(() => cluster.Leader is { } leader && leader != old, "the others elect a leader");
        OutcomeUnknownException unknown = await Assert.ThrowsAsync<OutcomeUnknownException>(() => write.WaitAsync(TimeSpan.FromSeconds(20)));
        await Assert.ThrowsAsync<NotLeaderException>(() => read.WaitAsync(TimeSpan.FromSeconds(20)));
        await cluster.Leader!.ProposeAsync("after"u8);
        _network.Rejoin(old.Status.NodeId);
        await cluster.ConvergeAsync();

        Assert.NotEqual(0, unknown.Index);
        Assert.All(cluster.StateMachines.Values, state => Assert.Equal(["before", "after"], state.Commands));
    }

    [Fact]
    public async Task A_follower_that_was_cut_off_under_load_catches_up_without_disturbing_the_leader()
    {
        await using TestCluster cluster = NewCluster(3, options => With(options, maxInflightMessages: 4, electionTimeout: TimeSpan.FromSeconds(5)));
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        long term = leader.Status.Term;
        ulong away = cluster.Nodes.Keys.First(id => id != leader.Status.NodeId);
        _network.Isolate(away);
        byte[] payload = Encoding.UTF8.GetBytes(new string('x', 10_000));
        for (int i = 0; i < 20; i++)
        {
            await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => leader.ProposeAsync(payload).AsTask())); // 6 MB: several segments and many messages
        }

        _network.Rejoin(away);
        await cluster.ConvergeAsync();

        Assert.Equal(term, leader.Status.Term);
        Assert.Equal(RaftRole.Leader, leader.Status.Role);
        Assert.Equal(600, cluster.StateMachines[away].Commands.Length);
    }
}
