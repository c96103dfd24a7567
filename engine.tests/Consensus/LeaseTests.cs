using System;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>Reads under a leader's lease (thesis §6.4.1), what the lease rests on, and reads that may be stale.</summary>
public sealed class LeaseTests
{
    private static readonly TimeSpan s_lease = CoreNode.ElectionTimeout - (CoreNode.ElectionTimeout / 10);

    [Fact]
    public void Thesis_6_4_1_a_lease_runs_from_the_sending_of_what_a_majority_has_answered_and_not_from_the_answer()
    {
        CoreNode leader = Leader();
        leader.Elapse(CoreNode.HeartbeatInterval);
        TimeSpan sent = leader.Now;
        Message heartbeat = leader.Collect().First(static m => m.Kind == MessageKind.HeartbeatRequest);
        leader.Elapse(CoreNode.HeartbeatInterval * 3);
        Assert.False(leader.Core.TryLeaseRead(leader.Now, out _));
        leader.Step(leader.From(2, MessageKind.HeartbeatResponse) with { SentAt = heartbeat.SentAt });
        Assert.True(leader.Core.TryLeaseRead(leader.Now, out long readIndex));
        Assert.Equal(1, readIndex);
        Assert.True(leader.Core.TryLeaseRead(sent + s_lease - TimeSpan.FromTicks(1), out _));
        Assert.False(leader.Core.TryLeaseRead(sent + s_lease, out _));
    }

    [Fact]
    public void Section_8_there_is_no_lease_before_an_entry_of_the_term_is_committed()
    {
        CoreNode node = CoreNode.Of(1, 3, MemoryLog.OfTerms(1, 1), new HardState(1, 0));
        node.Win();
        node.Step(node.From(2, MessageKind.HeartbeatResponse) with { SentAt = node.Now.Ticks });
        Assert.False(node.Core.TryLeaseRead(node.Now, out _));
        node.Collect();
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = 3 });
        Assert.True(node.Core.TryLeaseRead(node.Now, out _));
    }

    [Fact]
    public void A_clock_that_jumps_back_does_not_prolong_a_lease_and_one_that_jumps_ahead_ends_it()
    {
        CoreNode leader = LeaderWithLease();
        TimeSpan now = leader.Now;
        Assert.False(leader.Core.TryLeaseRead(now + CoreNode.ElectionTimeout, out _));
        Assert.False(leader.Core.TryLeaseRead(now, out _));

        // A jump of the leader's clock between sending and answer: nothing was sent at a time that is yet to come.
        leader = Leader();
        leader.Step(leader.From(2, MessageKind.HeartbeatResponse) with { SentAt = (leader.Now + CoreNode.ElectionTimeout).Ticks });
        Assert.False(leader.Core.TryLeaseRead(leader.Now, out _));
    }

    [Fact]
    public void A_late_order_to_stand_for_election_cannot_break_a_lease_for_there_is_none_after_it_was_sent()
    {
        CoreNode leader = LeaderWithLease();
        leader.Core.TransferLeadership(2);
        Assert.False(leader.Core.TryLeaseRead(leader.Now, out _));
        Assert.Contains(leader.Collect(), static m => m.Kind == MessageKind.TimeoutNow);
        for (int i = 0; i < 30; i++)
        {
            leader.Elapse(CoreNode.HeartbeatInterval);
            leader.Step(leader.From(2, MessageKind.HeartbeatResponse) with { SentAt = leader.Now.Ticks });
            leader.Collect();
        }

        Assert.Equal((0UL, Role.Leader), (leader.Core.TransferTarget, leader.Core.Role));
        Assert.False(leader.Core.TryLeaseRead(leader.Now, out _));
    }

    [Fact]
    public void A_transfer_that_never_came_to_that_gives_the_lease_back()
    {
        CoreNode leader = LeaderWithLease();
        leader.Propose(1);
        leader.Core.TransferLeadership(2);
        for (int i = 0; i < 11; i++)
        {
            leader.Elapse(CoreNode.HeartbeatInterval);
            leader.Step(leader.From(3, MessageKind.HeartbeatResponse) with { SentAt = leader.Now.Ticks });
            leader.Collect();
        }

        Assert.True(leader.Core.TryLeaseRead(leader.Now, out _));
    }

    [Fact]
    public void In_a_joint_configuration_a_lease_needs_both_majorities()
    {
        CoreNode leader = LeaderWithLease();
        leader.Change(new Configuration(1, 4, 5));
        Assert.False(leader.Core.TryLeaseRead(leader.Now, out _));
        leader.Step(leader.From(4, MessageKind.HeartbeatResponse) with { SentAt = leader.Now.Ticks });
        Assert.True(leader.Core.TryLeaseRead(leader.Now, out _));
    }

    [Fact]
    public void Thesis_4_2_3_a_voter_keeps_silent_even_if_it_has_come_to_know_of_a_higher_term_meanwhile()
    {
        CoreNode voter = CoreNode.Of(1, 3);
        voter.Step(voter.From(2, MessageKind.HeartbeatRequest) with { Term = 1 });
        voter.Step(voter.From(3, MessageKind.VoteResponse) with { Term = 2, Rejected = true });
        voter.Collect();
        Assert.Equal((2L, 0UL), (voter.Term, voter.Core.LeaderId));
        Message request = voter.From(3, MessageKind.VoteRequest);
        voter.Elapse(CoreNode.ElectionTimeout - TimeSpan.FromTicks(1));
        voter.Step(request);
        Assert.Empty(voter.Collect());
        voter.Elapse(TimeSpan.FromTicks(1));
        voter.Step(request);
        Assert.False(Assert.Single(voter.Collect()).Rejected);
    }

    [Fact]
    public void A_voter_that_has_restarted_keeps_silent_as_if_it_had_just_heard_from_a_leader()
    {
        CoreNode voter = CoreNode.Of(1, 3);
        voter.Step(voter.From(2, MessageKind.HeartbeatRequest) with { Term = 1 });
        voter.Collect();
        voter.Restart(voter.Now);
        Message request = voter.From(3, MessageKind.VoteRequest) with { Term = 2 };
        voter.Step(request);
        Assert.Empty(voter.Collect());
        voter.OutlastSilence();
        voter.Step(request);
        Assert.False(Assert.Single(voter.Collect()).Rejected);
    }

    [Fact]
    public void A_node_knows_how_long_ago_it_had_what_was_committed()
    {
        CoreNode node = CoreNode.Of(1, 3, MemoryLog.OfTerms(1, 1), new HardState(1, 0));
        TimeSpan bound = CoreNode.ElectionTimeout / 2;
        Assert.False(node.Core.TryStaleRead(TimeSpan.MaxValue, node.Now, out _));
        node.Step(node.From(2, MessageKind.HeartbeatRequest) with { Index = 2, Commit = 1 });
        Assert.False(node.Core.TryStaleRead(TimeSpan.MaxValue, node.Now, out _)); // it has heard of 2, but does not know to have it
        node.Elapse(bound);
        node.Step(node.From(2, MessageKind.HeartbeatRequest) with { Index = 3, Commit = 2 });
        Assert.True(node.Core.TryStaleRead(bound, node.Now, out long readIndex));
        Assert.Equal(2, readIndex);
        Assert.False(node.Core.TryStaleRead(bound - TimeSpan.FromTicks(1), node.Now, out _));
        Assert.False(node.Core.TryStaleRead(bound, node.Now + TimeSpan.FromTicks(1), out _));
    }

    [Fact]
    public void A_new_leader_that_does_not_know_what_is_committed_makes_no_follower_current()
    {
        CoreCluster cluster = new(3);
        cluster.Lead(1);
        cluster[1].Propose(1);
        cluster.Settle();
        CoreNode next = cluster[2];
        next.Tick(next.Core.NextDeadline + CoreNode.ElectionTimeout);
        next.Win();
        next.Tick(next.Now + CoreNode.HeartbeatInterval);
        Message heartbeat = next.Collect().First(static m => m is { Kind: MessageKind.HeartbeatRequest, To: 3 });
        Assert.Equal((1L, 3L), (next.Core.CommitIndex, heartbeat.Index));
        CoreNode follower = cluster[3];
        follower.Now += CoreNode.HeartbeatInterval;
        follower.Step(heartbeat);
        Assert.False(follower.Core.TryStaleRead(TimeSpan.Zero, follower.Now, out _));
    }

    private static CoreNode LeaderWithLease()
    {
        CoreNode node = Leader();
        node.Step(node.From(2, MessageKind.HeartbeatResponse) with { SentAt = node.Now.Ticks });
        Assert.True(node.Core.TryLeaseRead(node.Now, out _));
        return node;
    }

    private static CoreNode Leader()
    {
        CoreNode node = CoreNode.Of(1, 3);
        node.Win();
        node.Collect();
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = 1 });
        node.Step(node.From(3, MessageKind.AppendResponse) with { Index = 1 });
        node.Collect();
        return node;
    }
}
