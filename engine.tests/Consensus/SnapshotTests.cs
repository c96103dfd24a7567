using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>Snapshots, Raft §7: when a leader sends one, and what a follower does with it.</summary>
public sealed class SnapshotTests
{
    [Fact]
    public void Raft_7_a_follower_that_needs_what_is_compacted_gets_a_snapshot_and_goes_on_from_there()
    {
        CoreCluster cluster = new(3, spares: 1);
        CoreNode leader = cluster.Lead(1);
        leader.Change(new Configuration(1, 2, 3, 4));
        cluster.Elapse(CoreNode.HeartbeatInterval * 2);
        cluster.Isolate(3);
        for (int i = 0; i < 50; i++)
        {
            leader.Propose(i);
        }

        cluster.Elapse(CoreNode.HeartbeatInterval * 2);
        leader.Log.CompactTo(leader.Core.CommitIndex - 5);
        cluster.Heal();
        leader.Propose(50);
        cluster.Elapse(CoreNode.HeartbeatInterval * 5);
        Assert.Equal(leader.Log.Entries, cluster[3].Log.Entries);
        Assert.Equal(leader.Core.CommitIndex, cluster[3].Core.CommitIndex);
        Assert.True(cluster[3].Log.FirstIndex > 1);
        Assert.Equal(leader.Configuration, cluster[3].Configuration); // which came with the snapshot
        Assert.Equal(1, cluster.Sent[MessageKind.InstallSnapshot]);
    }

    [Fact]
    public void While_a_snapshot_is_on_its_way_there_are_no_entries_and_no_second_one_but_heartbeats()
    {
        CoreNode leader = LeaderWithSnapshotToSend(out Message snapshot);
        Assert.Equal((2UL, 5L, 1L), (snapshot.To, snapshot.Index, snapshot.IndexTerm));
        leader.Propose(1);
        leader.Elapse(CoreNode.HeartbeatInterval);
        leader.Step(leader.From(2, MessageKind.HeartbeatResponse));
        leader.Core.ReportUnreachable(2);
        Assert.Equal([MessageKind.HeartbeatRequest], leader.Collect().Where(static m => m.To == 2).Select(static m => m.Kind));
        Assert.Equal(ProgressState.Snapshot, leader.Core.Peers[1].State);
    }

    [Fact]
    public void A_snapshot_that_fails_is_asked_for_again_once_the_peer_is_heard_from_and_not_before()
    {
        CoreNode leader = LeaderWithSnapshotToSend(out _);
        leader.Core.ReportSnapshotFailed(2);
        leader.Core.ReportSnapshotFailed(9);
        Assert.Empty(leader.Collect());
        leader.Elapse(CoreNode.HeartbeatInterval);
        leader.Step(leader.From(2, MessageKind.HeartbeatResponse));
        Assert.Contains(leader.Collect(), static m => m is { To: 2, Kind: MessageKind.InstallSnapshot });
    }

    [Fact]
    public void A_snapshot_that_was_sent_but_never_acknowledged_is_found_out_by_probing()
    {
        CoreNode leader = LeaderWithSnapshotToSend(out _);
        leader.Core.ReportSnapshotSent(2, 5);
        Message probe = Assert.Single(leader.Collect());
        Assert.Equal((MessageKind.AppendRequest, 2UL, 5L), (probe.Kind, probe.To, probe.Index));
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Rejected = true, Index = 5 });
        Assert.Equal(MessageKind.InstallSnapshot, Assert.Single(leader.Collect()).Kind);
    }

    [Fact]
    public void A_log_that_is_compacted_past_the_snapshot_under_way_takes_another_one()
    {
        CoreNode leader = LeaderWithSnapshotToSend(out _);
        leader.Log.CompactTo(6);
        leader.Core.ReportSnapshotSent(2, 5);
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 5 });
        Message again = leader.Collect().Single(static m => m.To == 2);
        Assert.Equal((MessageKind.InstallSnapshot, 6L), (again.Kind, again.Index));
    }

    [Fact]
    public void An_older_snapshot_takes_nothing_back_and_is_answered_with_what_is_there()
    {
        CoreNode node = CoreNode.Of(1, 3, MemoryLog.OfTerms(1, 1, 1, 1), new HardState(1, 0));
        node.Step(node.From(2, MessageKind.AppendRequest) with { Index = 4, IndexTerm = 1, LastIndex = 4, Commit = 3 });
        node.Collect();
        Assert.Equal(default, node.Step(Snapshot(node, 2, 1)));
        Assert.Equal((1L, 4L, 3L), (node.Log.FirstIndex, node.Log.LastIndex, node.Core.CommitIndex));
        Message answer = Assert.Single(node.Collect());
        Assert.Equal((MessageKind.AppendResponse, false, 4L), (answer.Kind, answer.Rejected, answer.Index));
    }

    [Fact]
    public void Figure_13_rule_6_a_log_that_has_the_snapshots_last_entry_keeps_what_follows()
    {
        CoreNode node = CoreNode.Of(1, 3, MemoryLog.OfTerms(1, 1, 1, 1), new HardState(1, 0));
        Assert.Equal(default, node.Step(Snapshot(node, 3, 1)));
        Assert.Equal((4L, 3L), (node.Log.LastIndex, node.Core.CommitIndex));
        Assert.Equal(3, Assert.Single(node.Collect()).Index);
    }

    // The entry at the snapshot's index is of another term: a node that only truncated behind it, or kept it, would be
    // sent the same snapshot forever.
    [Theory]
    [InlineData(3, 2)]
    [InlineData(9, 2)]
    public void Figure_13_rule_7_a_log_that_conflicts_with_the_snapshot_or_ends_before_it_gives_way_to_it(long index, long term)
    {
        CoreNode node = CoreNode.Of(1, 3, MemoryLog.OfTerms(1, 1, 1, 1), new HardState(2, 0));
        Assert.True(node.Step(Snapshot(node, index, term)).ResetLog);
        Assert.Equal((index + 1, index, index), (node.Log.FirstIndex, node.Log.LastIndex, node.Core.CommitIndex));
        Assert.Equal(index, Assert.Single(node.Collect()).Index);
        node.Step(node.From(2, MessageKind.AppendRequest) with { Index = index, IndexTerm = term, LastIndex = index + 1, EntryTerm = 2 });
        Assert.Equal(index + 1, Assert.Single(node.Collect()).Index);
    }

    [Fact]
    public void A_snapshot_of_an_old_term_is_refused_and_one_of_a_new_term_makes_a_follower()
    {
        CoreNode node = CoreNode.Of(1, 3, hardState: new HardState(5, 0));
        Envelope snapshot = Snapshot(node, 4, 3);
        Assert.Equal(default, node.Step(snapshot with { Message = snapshot.Message with { Term = 4 } }));
        Assert.True(Assert.Single(node.Collect()).Rejected);
        Assert.True(node.Step(snapshot with { Message = snapshot.Message with { Term = 6 } }).ResetLog);
        Assert.Equal((6L, 2UL), (node.Term, node.Core.LeaderId));
    }

    private static Envelope Snapshot(CoreNode node, long index, long term) => new(
        node.From(2, MessageKind.InstallSnapshot) with { Index = index, IndexTerm = term },
        [.. Enumerable.Range(1, (int)index).Select(i => new LogItem(i == index ? term : 1, i))],
        node.Configuration);

    // Of three: node 3 has everything, node 2 nothing of what is compacted.
    private static CoreNode LeaderWithSnapshotToSend(out Message snapshot)
    {
        CoreNode leader = CoreNode.Of(1, 3, MemoryLog.OfTerms(1, 1, 1, 1, 1), new HardState(1, 0));
        leader.Win();
        leader.Collect();
        leader.Step(leader.From(3, MessageKind.AppendResponse) with { Index = 6 });
        leader.Log.CompactTo(5);
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Rejected = true, Index = 5 });
        snapshot = leader.Collect().Single(static m => m.To == 2);
        Assert.Equal(MessageKind.InstallSnapshot, snapshot.Kind);
        return leader;
    }
}
