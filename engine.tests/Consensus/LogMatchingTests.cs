using System;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>Log matching, Raft §5.3: the follower's side, and Figure 7 from end to end.</summary>
public sealed class LogMatchingTests
{
    // Figure 7: the leader of term 8 at the top, and six followers that its log may meet.
    private static readonly long[] s_figure7Leader = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];

    private static readonly long[][] s_figure7Followers =
    [
        [1, 1, 1, 4, 4, 5, 5, 6, 6],
        [1, 1, 1, 4],
        [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
        [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
        [1, 1, 1, 4, 4, 4, 4],
        [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
    ];

    [Theory]
    [InlineData('a')]
    [InlineData('b')]
    [InlineData('c')]
    [InlineData('d')]
    [InlineData('e')]
    [InlineData('f')]
    public void Figure_7_the_leader_brings_each_follower_log_to_equal_its_own(char follower)
    {
        CoreCluster cluster = Figure7();
        ulong id = (ulong)(follower - 'a') + 2;

        // Followers c and d have logs that are more up-to-date than the leader's; the votes of the others suffice.
        cluster.Campaign(1);
        Assert.Equal(Role.Leader, cluster[1].Core.Role);
        Assert.Equal(8, cluster[1].Term);
        cluster.Elapse(CoreNode.HeartbeatInterval * 3);
        Assert.Equal(cluster[1].Log.Entries, cluster[id].Log.Entries);
        Assert.Equal([.. s_figure7Leader, 8], cluster[id].Log.Entries.Select(static entry => entry.Term));
        Assert.Equal(11, cluster[id].Core.CommitIndex);
        Assert.Equal(ProgressState.Replicate, cluster[1].Core.Peers[(int)id - 1].State);
    }

    [Fact]
    public void Section_5_3_conflict_hints_skip_whole_terms()
    {
        // Fifty entries of terms 2 and 3 that the leader lacks: a step back for each would take fifty round trips.
        long[] stray = [1, 1, 1, .. Enumerable.Repeat(2L, 25), .. Enumerable.Repeat(3L, 25)];
        long[] leading = [1, 1, 1, .. Enumerable.Repeat(4L, 50)];
        CoreCluster cluster = new(3, logOf: id => MemoryLog.OfTerms(id == 3 ? stray : leading), hardStateOf: static _ => new HardState(4, 0));
        cluster.Campaign(1);
        cluster.Elapse(CoreNode.HeartbeatInterval * 2);
        Assert.Equal(cluster[1].Log.Entries, cluster[3].Log.Entries);
        Assert.InRange(cluster.Sent[MessageKind.AppendRequest], 8, 14);
    }

    [Fact]
    public void An_append_that_continues_the_log_is_taken_and_commits_what_the_leader_says()
    {
        CoreNode node = Follower(1, 1);
        LogOrder order = node.Step(Append(node, 2, 1, 4, 3) with { Commit = 3 });
        Assert.Equal(new LogOrder(0, 3, false), order);
        Assert.Equal(3, node.Core.CommitIndex);
        Message answer = Assert.Single(node.Collect());
        Assert.Equal((MessageKind.AppendResponse, false, 4L), (answer.Kind, answer.Rejected, answer.Index));
    }

    [Fact]
    public void Figure_2_the_commit_index_never_passes_the_last_entry_that_is_known_to_match()
    {
        CoreNode node = Follower(1, 1, 2, 2);
        node.Step(Append(node, 2, 1, 2, 0) with { Commit = 4 });
        Assert.Equal(2, node.Core.CommitIndex);
    }

    [Fact]
    public void A_late_append_of_entries_that_are_there_already_truncates_nothing()
    {
        CoreNode node = Follower(1, 1);
        node.Step(Append(node, 2, 1, 5, 3));
        node.Collect();
        Assert.Equal(default, node.Step(Append(node, 2, 1, 3, 3)));
        Assert.Equal(5, node.Log.LastIndex);
        Assert.Equal(5, Assert.Single(node.Collect()).Index);
    }

    [Fact]
    public void A_partly_known_append_adds_only_what_is_new()
    {
        CoreNode node = Follower(1, 1, 3);
        Assert.Equal(new LogOrder(0, 4, false), node.Step(Append(node, 2, 1, 6, 3)));
    }

    [Fact]
    public void Section_5_3_a_conflicting_entry_and_all_that_follow_it_are_removed()
    {
        CoreNode node = Follower(1, 1, 2, 2, 2);
        Assert.Equal(new LogOrder(3, 3, false), node.Step(Append(node, 2, 1, 3, 3)));
        Assert.Equal([1, 1, 3], node.Log.Entries.Select(static entry => entry.Term));
    }

    [Theory]
    [InlineData(9, 3, 5, 3)] // Beyond the end: the last entry of a term up to the leader's.
    [InlineData(5, 2, 4, 2)]
    [InlineData(4, 1, 2, 1)]
    public void Section_5_3_a_refusal_names_the_last_entry_that_the_leader_may_have_too(long index, long term, long hintIndex, long hintTerm)
    {
        CoreNode node = Follower(1, 1, 2, 2, 3);
        Assert.Equal(default, node.Step(Append(node, index, term, index + 1, 3)));
        Message answer = Assert.Single(node.Collect());
        Assert.Equal((true, index, hintIndex, hintTerm), (answer.Rejected, answer.Index, answer.HintIndex, answer.HintTerm));
        Assert.Equal(5, node.Log.LastIndex);
    }

    [Fact]
    public void A_committed_entry_is_never_truncated()
    {
        CoreNode node = Follower(1, 1);
        node.Step(Append(node, 2, 1, 4, 2) with { Commit = 4 });
        CommittedEntriesLostException broken = Assert.Throws<CommittedEntriesLostException>(() => node.Step(Append(node, 2, 1, 3, 3)));
        Assert.Contains("index 3", broken.Message, StringComparison.Ordinal);
        Assert.Contains("up to 4", broken.Message, StringComparison.Ordinal);
        Assert.Throws<CommittedEntriesLostException>(() => node.Step(Append(node, 4, 3, 4, 0)));
        Assert.Equal(4, node.Log.LastIndex);
    }

    [Fact]
    public void An_append_that_is_no_piece_of_any_log_is_ignored()
    {
        CoreNode node = Follower(1, 1);
        Assert.Equal(default, node.Step(Append(node, 2, 1, 1, 1), []));
        Assert.Equal(default, node.Step(Append(node, -1, 0, 3, 1)));
        Assert.Equal(default, node.Step(Append(node, 2, 1, 3, 99)));
        Assert.Equal(default, node.Step(Append(node, 2, 1, 3, 0)));
        Assert.Empty(node.Collect());
        Assert.Equal(2, node.Log.LastIndex);
    }

    [Fact]
    public void Nothing_is_acknowledged_before_it_is_durable_and_one_answer_covers_a_batch()
    {
        CoreNode node = Follower(1);
        node.SyncsAtOnce = false;
        node.Step(Append(node, 1, 1, 3, 3));
        node.Step(Append(node, 3, 3, 5, 3));
        node.Log.StartSync();
        Assert.Empty(node.Collect());
        node.Step(Append(node, 5, 3, 6, 3));
        node.CompleteSync();
        Assert.Equal(5, Assert.Single(node.Collect()).Index);
        Assert.Empty(node.Collect());
        node.Log.StartSync();
        node.CompleteSync();
        Assert.Equal(6, Assert.Single(node.Collect()).Index);
    }

    [Fact]
    public void A_repeated_or_empty_append_is_answered_at_once_with_what_is_durable()
    {
        CoreNode node = Follower(1);
        node.SyncsAtOnce = false;
        node.Step(Append(node, 1, 1, 3, 3));
        Assert.Empty(node.Collect());
        node.Step(Append(node, 3, 3, 3, 0));
        Assert.Equal(1, Assert.Single(node.Collect()).Index);
        node.Step(Append(node, 1, 1, 3, 3));
        Assert.Equal(1, Assert.Single(node.Collect()).Index);
    }

    [Fact]
    public void Durable_entries_that_are_not_known_to_match_the_leader_are_not_acknowledged()
    {
        CoreNode node = Follower(1, 1, 2, 2, 2);
        node.Step(Append(node, 2, 1, 2, 0));
        Assert.Equal(2, Assert.Single(node.Collect()).Index);
    }

    [Fact]
    public void What_matched_the_last_leader_is_not_taken_to_match_the_next()
    {
        CoreNode node = Follower(1);
        node.Step(Append(node, 1, 1, 5, 3));
        Assert.Equal(5, Assert.Single(node.Collect()).Index);
        node.Step(Append(node, 1, 1, 1, 0) with { From = 3, Term = 6 });
        Assert.Equal(1, Assert.Single(node.Collect()).Index);
    }

    [Fact]
    public void A_heartbeat_that_commits_what_this_node_has_lost_stops_it()
    {
        CoreNode node = Follower(1, 1);
        CommittedEntriesLostException broken = Assert.Throws<CommittedEntriesLostException>(() =>
            node.Step(node.From(2, MessageKind.HeartbeatRequest) with { Commit = 3 }));
        Assert.Contains("ends at 2", broken.Message, StringComparison.Ordinal);
    }

    private static CoreCluster Figure7() =>
        new(7, logOf: static id => MemoryLog.OfTerms(id == 1 ? s_figure7Leader : s_figure7Followers[id - 2]), hardStateOf: static _ => new HardState(7, 0));

    // Node 1, following node 2 in term 5.
    private static CoreNode Follower(params ReadOnlySpan<long> terms) => CoreNode.Of(1, 3, MemoryLog.OfTerms(terms), new HardState(5, 0));

    private static Message Append(CoreNode node, long index, long indexTerm, long lastIndex, long entryTerm) =>
        node.From(2, MessageKind.AppendRequest) with { Index = index, IndexTerm = indexTerm, LastIndex = lastIndex, EntryTerm = entryTerm };
}
