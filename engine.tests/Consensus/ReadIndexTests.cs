using System;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>Linearizable reads by read index: Raft §8, thesis §6.4.</summary>
public sealed class ReadIndexTests
{
    [Fact]
    public void Only_the_leader_takes_reads()
    {
        CoreNode node = CoreNode.Of(1, 3);
        Assert.False(node.Core.TryRequestRead(out _, out _));
        node.Win();
        Assert.True(node.Core.TryRequestRead(out _, out _));
    }

    [Fact]
    public void Section_8_a_read_is_confirmed_by_a_majority_after_it_was_asked_for()
    {
        CoreNode node = Leader(5);
        Assert.True(node.Core.TryRequestRead(out ulong round, out _));
        Message[] heartbeats = [.. node.Collect().Where(static m => m.Kind == MessageKind.HeartbeatRequest)];
        Assert.Equal(4, heartbeats.Length);
        Assert.All(heartbeats, heartbeat => Assert.Equal(round, heartbeat.ReadRound));
        node.Step(Acknowledge(node, 2, round));
        node.Step(Acknowledge(node, 2, round));
        Assert.True(node.Core.ConfirmedReadRound < round);
        node.Step(Acknowledge(node, 3, round));
        Assert.Equal(round, node.Core.ConfirmedReadRound);
    }

    [Fact]
    public void Section_8_a_read_before_the_first_commit_of_the_term_waits_for_the_no_op()
    {
        CoreNode node = CoreNode.Of(1, 3, MemoryLog.OfTerms(1, 1, 1), new HardState(1, 0));
        node.Win();
        Assert.Equal(0, node.Core.CommitIndex);
        node.Core.TryRequestRead(out _, out long readIndex);
        Assert.Equal(4, readIndex);
    }

    [Fact]
    public void A_read_after_later_commits_waits_for_them()
    {
        CoreNode node = Leader(3);
        node.Propose(1);
        node.Collect();
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = 2 });
        node.Core.TryRequestRead(out _, out long readIndex);
        Assert.Equal(2, readIndex);
    }

    [Fact]
    public void Reads_of_one_batch_share_a_round_and_those_of_the_next_do_not()
    {
        CoreNode node = Leader(3);
        node.Core.TryRequestRead(out ulong first, out _);
        node.Core.TryRequestRead(out ulong second, out _);
        Assert.Equal(first, second);
        Assert.Equal(2, node.Collect().Count(static m => m.Kind == MessageKind.HeartbeatRequest));
        node.Core.TryRequestRead(out ulong third, out _);
        Assert.Equal(first + 1, third);
    }

    [Fact]
    public void A_late_or_repeated_answer_to_an_earlier_round_does_not_confirm_a_later_one()
    {
        CoreNode node = Leader(3);
        node.Core.TryRequestRead(out ulong first, out _);
        node.Collect();
        node.Step(Acknowledge(node, 2, first));
        node.Core.TryRequestRead(out ulong second, out _);
        node.Step(Acknowledge(node, 2, first));
        node.Collect();
        node.Step(Acknowledge(node, 2, first));
        node.Step(Acknowledge(node, 3, first));
        Assert.Equal(first, node.Core.ConfirmedReadRound);
        node.Step(Acknowledge(node, 3, second));
        Assert.Equal(second, node.Core.ConfirmedReadRound);
    }

    [Fact]
    public void An_answer_to_a_round_that_has_not_started_confirms_nothing()
    {
        CoreNode node = Leader(3);
        node.Core.TryRequestRead(out ulong round, out _);
        node.Step(Acknowledge(node, 2, round));
        node.Collect();
        Assert.True(node.Core.ConfirmedReadRound < round);
    }

    [Fact]
    public void An_answer_of_an_earlier_term_confirms_nothing_in_a_later_one()
    {
        CoreNode node = Leader(3);
        node.Core.TryRequestRead(out ulong old, out _);
        node.Collect();
        Message late = Acknowledge(node, 2, old);
        node.Step(node.From(3, MessageKind.HeartbeatResponse) with { Term = node.Term + 1 });
        node.Win();
        node.Core.TryRequestRead(out ulong round, out _);
        node.Collect();
        Assert.True(round > old);
        node.Step(late);
        Assert.True(node.Core.ConfirmedReadRound < old);
    }

    [Fact]
    public void A_later_round_confirms_an_earlier_one_whose_heartbeats_were_lost()
    {
        CoreNode node = Leader(3);
        node.Core.TryRequestRead(out ulong first, out _);
        node.Collect();
        node.Elapse(CoreNode.HeartbeatInterval);
        Message again = node.Collect().First(static m => m.Kind == MessageKind.HeartbeatRequest);
        Assert.Equal(first, again.ReadRound);
        node.Core.TryRequestRead(out ulong second, out _);
        node.Collect();
        node.Step(Acknowledge(node, 3, second));
        Assert.Equal(second, node.Core.ConfirmedReadRound);
    }

    [Fact]
    public void A_single_voter_confirms_its_reads_itself()
    {
        CoreNode node = CoreNode.Of(1, 1);
        node.Tick(node.Core.NextDeadline);
        node.Core.TryRequestRead(out ulong round, out long readIndex);
        Assert.True(node.Core.ConfirmedReadRound < round);
        node.Collect();
        Assert.Equal(round, node.Core.ConfirmedReadRound);
        Assert.Equal(1, readIndex);
    }

    [Fact]
    public void A_follower_echoes_the_round_and_takes_the_commit_index()
    {
        CoreNode node = CoreNode.Of(1, 3, MemoryLog.OfTerms(1, 1), new HardState(1, 0));
        node.Step(node.From(2, MessageKind.HeartbeatRequest) with { ReadRound = 17, Commit = 2 });
        Message answer = Assert.Single(node.Collect());
        Assert.Equal((MessageKind.HeartbeatResponse, 17UL, 2UL), (answer.Kind, answer.ReadRound, answer.To));
        Assert.Equal(2, node.Core.CommitIndex);
    }

    [Fact]
    public void Section_8_a_deposed_leader_confirms_no_read()
    {
        CoreCluster cluster = new(3);
        CoreNode old = cluster.ElectLeader();
        cluster.Isolate(old.Id);
        old.Core.TryRequestRead(out ulong round, out _);
        cluster.Elapse(CoreNode.ElectionTimeout * 4);
        Assert.NotNull(cluster.Leader);
        Assert.NotSame(old, cluster.Leader);
        cluster.Heal();
        cluster.Elapse(CoreNode.ElectionTimeout);
        Assert.True(old.Core.ConfirmedReadRound < round);
    }

    private static CoreNode Leader(int voters)
    {
        CoreNode node = CoreNode.Of(1, voters);
        node.Win();
        node.Collect();
        return node;
    }

    private static Message Acknowledge(CoreNode node, ulong from, ulong round) => node.From(from, MessageKind.HeartbeatResponse) with { ReadRound = round };

    [Fact]
    public void Who_cannot_stand_for_election_forgets_a_leader_that_is_heard_no_more_and_asks_it_nothing()
    {
        CoreNode removed = new(CoreNode.OptionsOf(3, 1), CoreNode.Voters(2));
        removed.Step(removed.From(1, MessageKind.HeartbeatRequest) with { Term = 1 });
        Assert.Equal(1ul, removed.Core.LeaderId);
        Assert.True(removed.Core.TryForwardRead(out _));
        Assert.NotEmpty(removed.Collect());

        removed.Tick(removed.Core.NextDeadline);
        Assert.Equal((0ul, Role.Follower, 1L), (removed.Core.LeaderId, removed.Core.Role, removed.Term));
        Assert.False(removed.Core.TryForwardRead(out _));
        Assert.Empty(removed.Collect());
        Assert.Equal(TimeSpan.MaxValue, removed.Core.NextDeadline);
    }

    [Fact]
    public void A_round_is_confirmed_when_the_leader_becomes_a_majority_by_itself()
    {
        CoreNode leader = CoreNode.Of(1, 2);
        leader.Win();
        leader.Collect();
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 1 });
        leader.Collect();
        Assert.Equal(ChangeResult.Accepted, leader.Change(new Configuration(1)));
        leader.Collect();
        Assert.True(leader.Core.TryRequestRead(out ulong round, out long readIndex));
        leader.Collect();
        Assert.True(leader.Core.ConfirmedReadRound < round);

        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 2 }); // commits the joint configuration
        leader.Collect();                                                           // which leaves node 1 alone

        Assert.Equal(Role.Leader, leader.Core.Role);
        Assert.True(leader.Core.ConfirmedReadRound >= round);
        Assert.True(readIndex <= leader.Core.CommitIndex);
    }

    [Fact]
    public void A_round_that_a_member_answered_before_is_confirmed_when_the_others_are_removed()
    {
        CoreNode leader = CoreNode.Of(1, 5);
        leader.Win();
        leader.Collect();
        foreach (ulong id in (ulong[])[2, 3])
        {
            leader.Step(leader.From(id, MessageKind.AppendResponse) with { Index = 1 });
        }

        leader.Collect();
        Assert.Equal(ChangeResult.Accepted, leader.Change(new Configuration(1, 2)));
        leader.Collect();
        Assert.True(leader.Core.TryRequestRead(out ulong round, out _));
        leader.Collect();
        leader.Step(leader.From(2, MessageKind.HeartbeatResponse) with { ReadRound = round });
        Assert.True(leader.Core.ConfirmedReadRound < round); // two of the five

        foreach (ulong id in (ulong[])[2, 3])
        {
            leader.Step(leader.From(id, MessageKind.AppendResponse) with { Index = 2 });
        }

        leader.Collect();
        Assert.True(leader.Core.ConfirmedReadRound >= round);
    }
}
