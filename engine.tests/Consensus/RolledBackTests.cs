using System;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>Data directories that were replaced by older copies: a node that can know that acknowledged entries are gone stops, and says so.</summary>
public sealed class RolledBackTests
{
    [Fact]
    public void What_an_earlier_run_knew_to_be_committed_is_committed_from_the_start()
    {
        CoreNode node = Restarted(committed: 3);
        Assert.Equal(3, node.Core.CommitIndex);
        Assert.Equal(0, Restarted(committed: 0).Core.CommitIndex);
    }

    [Fact]
    public void A_node_that_is_to_replace_what_an_earlier_run_knew_to_be_committed_stops_and_says_what_differs()
    {
        CoreNode node = Restarted(committed: 3);
        CommittedEntriesLostException lost = Assert.Throws<CommittedEntriesLostException>(() => node.Step(Append(node, 1, 1, 2, 3)));
        Assert.Equal((2UL, 2L, 1L, 3L), (lost.LeaderId, lost.Index, lost.Term, lost.LeaderTerm));
        Assert.All(["index 2", "term 1", "term 3", "up to 3", "RaftRecovery"], words => Assert.Contains(words, lost.Message, StringComparison.Ordinal));
        Assert.Equal(4, node.Log.LastIndex);

        // What is not known to be committed is replaced, as ever.
        node = Restarted(committed: 3);
        node.Step(Append(node, 3, 2, 4, 3));
        Assert.Equal((4L, 3L), (node.Log.LastIndex, node.Log.TermAt(4)));
    }

    [Fact]
    public void A_node_that_is_asked_for_another_entry_where_one_is_committed_stops()
    {
        CoreNode node = Restarted(committed: 3);
        CommittedEntriesLostException lost = Assert.Throws<CommittedEntriesLostException>(() => node.Step(Append(node, 3, 1, 3, 0)));
        Assert.Equal((3L, 2L, 1L), (lost.Index, lost.Term, lost.LeaderTerm));
    }

    [Fact]
    public void A_node_that_has_compacted_what_a_leader_has_otherwise_stops()
    {
        CoreNode node = Restarted(committed: 3);
        node.Log.CompactTo(3);
        CommittedEntriesLostException lost = Assert.Throws<CommittedEntriesLostException>(() => node.Step(Append(node, 1, 1, 2, 3)));
        Assert.Equal((2L, 3L), (lost.Index, lost.LeaderTerm));

        node = Restarted(committed: 3);
        node.Log.CompactTo(3);
        node.Step(Append(node, 1, 1, 2, 1)); // an append of what it has given up is harmless
    }

    [Fact]
    public void A_snapshot_of_another_history_than_what_is_committed_stops_a_node()
    {
        CoreNode node = Restarted(committed: 3);
        node.Step(node.From(2, MessageKind.InstallSnapshot) with { Index = 2, IndexTerm = 1 });
        Assert.Throws<CommittedEntriesLostException>(() => node.Step(node.From(2, MessageKind.InstallSnapshot) with { Index = 3, IndexTerm = 3 }));
    }

    // Not committed yet, it is counted all the same.
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    public void A_node_that_has_lost_what_it_acknowledged_to_this_leader_stops_at_its_next_heartbeat(long commit)
    {
        CoreNode leader = CoreNode.Of(2, 3);
        leader.Win();
        for (int i = 0; i < 4; i++)
        {
            leader.Propose(i);
        }

        leader.Step(leader.From(1, MessageKind.AppendResponse) with { Index = 5 });
        leader.Elapse(CoreNode.HeartbeatInterval);
        Message heartbeat = leader.Collect().Single(static message => message is { Kind: MessageKind.HeartbeatRequest, To: 1 });
        Assert.Equal((5L, 5L), (heartbeat.LastIndex, heartbeat.Commit));

        CoreNode node = Restarted(committed: 3);
        CommittedEntriesLostException lost = Assert.Throws<CommittedEntriesLostException>(() => node.Step(heartbeat with { Term = 3, Commit = commit }));
        Assert.Equal((5L, 2L, 3L), (lost.Index, lost.Term, lost.LeaderTerm));
        Assert.All(["up to 5", "ends at 4", "empty its directory"], words => Assert.Contains(words, lost.Message, StringComparison.Ordinal));
    }

    private static CoreNode Restarted(long committed) => CoreNode.Of(
        1, 3, MemoryLog.OfTerms(1, 1, 2, 2), new HardState(3, 0), options => options with { CommittedIndex = committed });

    private static Message Append(CoreNode node, long index, long indexTerm, long lastIndex, long term) => node.From(2, MessageKind.AppendRequest) with
    {
        Index = index,
        IndexTerm = indexTerm,
        LastIndex = lastIndex,
        EntryTerm = term,
    };
}
