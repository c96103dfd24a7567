using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>Commitment: Raft §5.4.2 with Figure 8, and the leader's disk in parallel with the network (thesis §10.2.1).</summary>
public sealed class CommitTests
{
    // Figure 8: S1 leads term 2 and replicates index 2 to S2 only; S5 leads term 3 with another entry at index 2; S1 leads term 4, and brings its
    // entry of term 2 to S3.
    private static CoreCluster Figure8C()
    {
        CoreCluster cluster = new(
            5,
            logOf: static id => id switch { 1 or 2 => MemoryLog.OfTerms(1, 2), 5 => MemoryLog.OfTerms(1, 3), _ => MemoryLog.OfTerms(1) },
            hardStateOf: static id => id switch { 1 => new HardState(3, 0), 5 => new HardState(3, 5), _ => new HardState(4, 1) });
        cluster.Stop(5);

        // S1 wins term 4 with S2, S3 and S4, but then its entries reach no node, until the copy of index 2 on S3.
        CoreNode s1 = cluster[1];
        s1.Win();
        Assert.Equal(4, s1.Term);
        cluster.SetClocks(s1.Now);
        s1.Collect();
        CoreNode s3 = cluster[3];
        s3.Step(new Message { Kind = MessageKind.AppendRequest, From = 1, To = 3, Term = 4, Index = 1, IndexTerm = 1, LastIndex = 2, EntryTerm = 2 }, [2002]);
        Message answer = Assert.Single(s3.Collect());
        Assert.Equal((false, 2L), (answer.Rejected, answer.Index));
        s1.Step(answer);
        s1.Step(s1.From(2, MessageKind.AppendResponse) with { Index = 2 });
        return cluster;
    }

    [Fact]
    public void Figure_8_c_an_entry_of_an_old_term_is_not_committed_although_a_majority_has_it()
    {
        CoreNode s1 = Figure8C()[1];
        Assert.Equal(2, s1.Core.Peers[1].Match);
        Assert.Equal(2, s1.Core.Peers[2].Match);
        Assert.Equal(3, s1.Log.DurableIndex);
        Assert.Equal(0, s1.Core.CommitIndex);
    }

    [Fact]
    public void Figure_8_d_that_entry_may_still_be_replaced_by_one_of_a_later_term()
    {
        CoreCluster cluster = Figure8C();
        cluster.Stop(1);
        cluster.Restart(5);

        // The first attempt tells S5 of term 4; the second one wins term 5 with S2 and S4, whose logs end in lower terms.
        cluster.Campaign(5);
        cluster.Campaign(5);
        Assert.Equal((Role.Leader, 5L), (cluster[5].Core.Role, cluster[5].Term));
        cluster.Restart(1);
        cluster.Elapse(CoreNode.ElectionTimeout * 3);
        Assert.All(cluster.Nodes, static node => Assert.Equal(3, node.Log.TermAt(2)));
        Assert.All(cluster.Nodes, static node => Assert.Equal(3003 - 1, node.Log.ValueAt(2)));
    }

    [Fact]
    public void Figure_8_e_with_an_entry_of_the_leaders_own_term_on_a_majority_all_before_it_is_committed_and_S5_cannot_win()
    {
        CoreCluster cluster = Figure8C();
        CoreNode s1 = cluster[1];
        cluster.Stop(4);
        cluster.Elapse(CoreNode.HeartbeatInterval * 3);
        Assert.Equal(3, s1.Core.CommitIndex);
        Assert.Equal([1, 2, 4], cluster[3].Log.Entries.Select(static entry => entry.Term));

        cluster.Stop(1);
        cluster.Restart(4);
        cluster.Restart(5);
        for (int i = 0; i < 5; i++)
        {
            cluster.Campaign(5);
            Assert.NotEqual(Role.Leader, cluster[5].Core.Role);
            Assert.Equal([1, 3], cluster[5].Log.Entries.Select(static entry => entry.Term));
        }

        cluster.ElectLeader();
        cluster.Elapse(CoreNode.HeartbeatInterval * 5);
        Assert.All(cluster.Nodes.Skip(1), static node => Assert.Equal([1, 2, 4], node.Log.Entries.Take(3).Select(static entry => entry.Term)));
    }

    [Fact]
    public void Section_5_3_nothing_is_committed_without_a_majority()
    {
        CoreNode node = Leader(5, out long noOp);
        node.Propose(1);
        node.Collect();
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = noOp + 1 });
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = noOp + 1 });
        Assert.Equal(0, node.Core.CommitIndex);
        node.Step(node.From(3, MessageKind.AppendResponse) with { Index = noOp });
        Assert.Equal(noOp, node.Core.CommitIndex);
        node.Step(node.From(4, MessageKind.AppendResponse) with { Index = noOp + 1 });
        Assert.Equal(noOp + 1, node.Core.CommitIndex);
    }

    [Fact]
    public void An_even_number_of_voters_needs_more_than_half()
    {
        CoreNode node = Leader(4, out long noOp);
        node.Collect();
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = noOp });
        Assert.Equal(0, node.Core.CommitIndex);
        node.Step(node.From(3, MessageKind.AppendResponse) with { Index = noOp });
        Assert.Equal(noOp, node.Core.CommitIndex);
    }

    [Fact]
    public void Thesis_10_2_1_the_leader_sends_before_its_own_disk_has_the_entry_and_counts_itself_only_after()
    {
        CoreNode node = Leader(3, out _);
        node.Collect();
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = 1 });
        Assert.Equal(1, node.Core.CommitIndex);

        node.SyncsAtOnce = false;
        node.Propose(1);
        Message append = Assert.Single(node.Collect(), static message => message.To == 2);
        Assert.Equal((MessageKind.AppendRequest, 2L), (append.Kind, append.LastIndex));
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = 2 });
        Assert.Equal(1, node.Core.CommitIndex);
        node.Log.StartSync();
        node.CompleteSync();
        Assert.Equal(2, node.Core.CommitIndex);
    }

    [Fact]
    public void Thesis_10_2_1_a_majority_of_followers_commits_an_entry_before_the_leaders_own_disk_has_it()
    {
        CoreNode node = Leader(3, out _);
        node.SyncsAtOnce = false;
        node.Propose(1);
        node.Collect();
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = 2 });
        node.Step(node.From(3, MessageKind.AppendResponse) with { Index = 2 });
        Assert.Equal(0, node.Log.DurableIndex);
        Assert.Equal(2, node.Core.CommitIndex);
    }

    [Fact]
    public void An_acknowledgment_of_more_than_the_leader_has_is_ignored()
    {
        CoreNode node = Leader(3, out long noOp);
        node.Collect();
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = noOp + 1 });
        Assert.Equal(0, node.Core.CommitIndex);
    }

    [Fact]
    public void The_commit_index_travels_with_appends_and_heartbeats_and_a_heartbeat_never_says_more_than_was_acknowledged()
    {
        CoreNode node = Leader(3, out long noOp);
        node.Collect();
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = noOp });
        Assert.Empty(node.Collect());
        node.Elapse(CoreNode.HeartbeatInterval);
        Assert.Equal([(2UL, noOp), (3UL, 0L)], node.Collect().Where(static m => m.Kind == MessageKind.HeartbeatRequest).Select(static m => (m.To, m.Commit)));
        node.Propose(1);
        Assert.Equal(noOp, Assert.Single(node.Collect()).Commit);
    }

    private static CoreNode Leader(int voters, out long noOp)
    {
        CoreNode node = CoreNode.Of(1, voters);
        node.Win();
        noOp = node.Log.LastIndex;
        return node;
    }

    [Fact]
    public void Who_waits_for_a_commit_hears_of_it_without_entries_and_without_a_heartbeat()
    {
        CoreCluster cluster = new(3);
        CoreNode leader = cluster.Lead(1);
        cluster.Settle();
        leader.Propose(1);
        cluster.Settle();
        long committed = leader.Core.CommitIndex;
        Assert.True(cluster[2].Core.CommitIndex < committed);

        leader.Core.AnnounceCommit(2);
        leader.Core.AnnounceCommit(9); // to no node
        cluster.Settle();
        Assert.Equal(committed, cluster[2].Core.CommitIndex);
        Assert.True(cluster[3].Core.CommitIndex < committed);

        cluster[2].Core.AnnounceCommit(3); // who does not lead announces nothing
        Assert.Empty(cluster[2].Collect());
    }
}
