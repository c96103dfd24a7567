using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>Nodes that acknowledge what is not on their disks, and lose it.</summary>
public sealed class TailInDoubtTests
{
    private const ulong FirstRun = 1001;
    private const ulong SecondRun = 1002;

    [Fact]
    public void A_follower_that_has_lost_its_tail_gets_it_again_in_the_same_term()
    {
        CoreCluster cluster = Cluster();
        CoreNode leader = cluster.Lead(1);
        long term = leader.Term;
        Commit(cluster, leader, 5);
        LosePower(cluster, 2);
        Assert.Equal(0, cluster[2].Log.LastIndex);
        Assert.True(cluster[2].Core.IsTailInDoubt);

        cluster.Elapse(CoreNode.HeartbeatInterval * 4);
        Assert.Equal((Role.Leader, term), (leader.Core.Role, leader.Term));
        Assert.Equal(leader.Log.Entries, cluster[2].Log.Entries);
        Assert.Equal(leader.Core.CommitIndex, cluster[2].Core.CommitIndex);
        Assert.False(cluster[2].Core.IsTailInDoubt);
    }

    [Fact]
    public void Losses_of_one_node_after_the_other_lose_nothing_that_was_acknowledged()
    {
        CoreCluster cluster = Cluster();
        for (int round = 0; round < 9; round++)
        {
            CoreNode leader = cluster.ElectLeader();
            Commit(cluster, leader, 3);
            LogItem[] acknowledged = [.. leader.Log.Entries.Take((int)leader.Core.CommitIndex)];
            LosePower(cluster, 1 + ((leader.Id + (ulong)round) % 3)); // the leader, too
            cluster.ElectLeader();
            cluster.Elapse(CoreNode.HeartbeatInterval * 5);
            Assert.All(cluster.Nodes, node => Assert.Equal(acknowledged, node.Log.Entries.Take(acknowledged.Length)));
            Assert.All(cluster.Nodes, static node => Assert.False(node.Core.IsTailInDoubt));
        }
    }

    [Fact]
    public void A_voter_in_doubt_does_not_help_one_that_lacks_what_both_should_have()
    {
        CoreCluster cluster = Cluster();
        CoreNode leader = cluster.Lead(1);
        cluster.Isolate(3);
        Commit(cluster, leader, 5); // on nodes 1 and 2
        cluster.Isolate(1);
        LosePower(cluster, 2);
        cluster.Heal();
        cluster.Isolate(1);
        cluster.Elapse(CoreNode.ElectionTimeout * 20);
        Assert.All(cluster.Nodes.Where(static node => node.Id != 1), static node => Assert.NotEqual(Role.Leader, node.Core.Role));

        cluster.Heal();
        cluster.ElectLeader();
        cluster.Elapse(CoreNode.HeartbeatInterval * 5);
        Assert.All(cluster.Nodes, node => Assert.Equal([1, 2, 3, 4, 5], node.Log.Entries.Select(static entry => entry.Value).Where(static value => value != 0)));
    }

    [Fact]
    public void Where_all_are_in_doubt_it_takes_all_voters_to_elect_the_one_that_has_the_most()
    {
        CoreCluster cluster = Cluster();
        CoreNode leader = cluster.Lead(1);
        cluster.Isolate(3);
        Commit(cluster, leader, 5);
        cluster.Heal();
        foreach (CoreNode node in cluster.Nodes)
        {
            node.Reopen(cluster.Now); // only the processes have died
        }

        cluster.Stop(2);
        cluster.Elapse(CoreNode.ElectionTimeout * 20);
        Assert.Null(cluster.Leader);
        cluster.Restart(2);
        cluster[2].Log.TruncateFrom(3);
        leader = cluster.ElectLeader();
        cluster.Elapse(CoreNode.HeartbeatInterval * 5);
        Assert.Equal(1UL, leader.Id);
        Assert.All(cluster.Nodes, node => Assert.Equal(leader.Log.Entries, node.Log.Entries));
        Assert.All(cluster.Nodes, static node => Assert.False(node.Core.IsTailInDoubt));
    }

    [Fact]
    public void What_an_earlier_run_has_acknowledged_counts_no_more_and_its_late_answers_change_nothing()
    {
        CoreNode leader = CoreNode.Of(1, 3);
        leader.Win();
        leader.Propose(1);
        leader.Collect();
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 2, Run = FirstRun });
        Assert.Equal(2, leader.Core.CommitIndex);
        leader.Propose(2);
        leader.Propose(3);
        Message before = HeartbeatTo2(leader);
        Assert.Equal((FirstRun, 2L), (before.Run, before.Commit));

        // An answer of another run: it may be an earlier or a later one. Only an answer to what was asked since tells.
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 3, Run = SecondRun });
        leader.Step(leader.From(2, MessageKind.HeartbeatResponse) with { ReadRound = before.ReadRound, Run = SecondRun });
        Assert.Equal((2L, FirstRun), (leader.Core.Peers[1].Match, leader.Core.Peers[1].Run));
        Message asked = HeartbeatTo2(leader);
        Assert.True(asked.ReadRound > before.ReadRound, "nothing is asked");
        leader.Step(leader.From(2, MessageKind.HeartbeatResponse) with { ReadRound = asked.ReadRound, Run = SecondRun });
        Assert.Equal((0L, SecondRun), (leader.Core.Peers[1].Match, leader.Core.Peers[1].Run));
        Assert.Contains(leader.Collect(), static message => message is { Kind: MessageKind.AppendRequest, To: 2 }); // how far its log goes
        Message after = HeartbeatTo2(leader);
        Assert.Equal((SecondRun, 0L), (after.Run, after.Commit));

        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 4, Run = FirstRun });
        leader.Step(leader.From(2, MessageKind.HeartbeatResponse) with { ReadRound = asked.ReadRound, Run = FirstRun });
        Assert.Equal((0L, SecondRun, 2L), (leader.Core.Peers[1].Match, leader.Core.Peers[1].Run, leader.Core.CommitIndex));
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 4, Run = SecondRun });
        Assert.Equal((4L, 4L), (leader.Core.Peers[1].Match, leader.Core.CommitIndex));
    }

    [Fact]
    public void A_heartbeat_for_an_earlier_run_commits_nothing_and_ends_no_doubt()
    {
        CoreNode node = CoreNode.Of(1, 3, MemoryLog.OfTerms(1, 1), new HardState(2, 0), static options => options with { MayLoseTail = true, IsTailInDoubt = true });
        Message heartbeat = node.From(2, MessageKind.HeartbeatRequest) with { Index = 5, Commit = 5, Run = node.Options.Run + 1_000_000 };
        node.Step(heartbeat);
        Assert.Equal(0, node.Core.CommitIndex);
        node.Step(node.From(2, MessageKind.AppendRequest) with { Index = 2, IndexTerm = 1, LastIndex = 5, EntryTerm = 2 });
        node.Collect();
        Assert.True(node.Core.IsTailInDoubt);
        node.Step(heartbeat with { Run = node.Options.Run });
        node.Collect();
        Assert.Equal(5, node.Core.CommitIndex);
        Assert.False(node.Core.IsTailInDoubt);
    }

    [Fact]
    public void A_node_that_syncs_first_names_no_run_and_its_restart_costs_nothing()
    {
        CoreCluster cluster = new(3);
        CoreNode leader = cluster.Lead(1);
        Commit(cluster, leader, 5);
        long match = leader.Core.Peers[1].Match;
        cluster[2].Restart(cluster.Now);
        cluster.Elapse(CoreNode.HeartbeatInterval * 2);
        Assert.Equal((match, 0UL), (leader.Core.Peers[1].Match, leader.Core.Peers[1].Run));
        Assert.False(cluster[2].Core.IsTailInDoubt);
    }

    private static CoreCluster Cluster() =>
        new(3, logOf: static _ => new MemoryLog { CountsWritten = true }, change: static options => options with { MayLoseTail = true });

    private static void Commit(CoreCluster cluster, CoreNode leader, int count)
    {
        for (int i = 1; i <= count; i++)
        {
            leader.Propose(i);
        }

        cluster.Settle();
        Assert.Equal(leader.Log.LastIndex, leader.Core.CommitIndex);
    }

    private static void LosePower(CoreCluster cluster, ulong id)
    {
        if (cluster[id].Log.FirstIndex <= cluster[id].Log.LastIndex)
        {
            cluster[id].Log.TruncateFrom(cluster[id].Log.FirstIndex);
        }

        cluster[id].Restart(cluster.Now);
    }

    private static Message HeartbeatTo2(CoreNode leader)
    {
        leader.Elapse(CoreNode.HeartbeatInterval);
        return leader.Collect().Single(static message => message is { Kind: MessageKind.HeartbeatRequest, To: 2 });
    }
}
