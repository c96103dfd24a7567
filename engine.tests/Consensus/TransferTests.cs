using System;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>Transfer of leadership, thesis §3.10.</summary>
public sealed class TransferTests
{
    [Fact]
    public void Thesis_3_10_the_target_leads_within_a_moment_although_everyone_hears_from_the_old_leader()
    {
        CoreCluster cluster = new(5);
        CoreNode old = cluster.Lead(1);
        old.Propose(1);
        Assert.Equal(TransferResult.Accepted, old.Core.TransferLeadership(3));
        cluster.Settle();
        Assert.Equal(3UL, cluster.Leader?.Id);
        Assert.Equal((Role.Follower, 3UL), (old.Core.Role, old.Core.LeaderId));
        Assert.Equal(old.Log.Entries, cluster[3].Log.Entries);
    }

    [Fact]
    public void Thesis_3_10_proposals_and_changes_stop_while_a_transfer_is_under_way()
    {
        CoreNode leader = Leader();
        Assert.Equal(TransferResult.Accepted, leader.Core.TransferLeadership(2));
        Assert.False(leader.Propose(1));
        Assert.Equal(ChangeResult.TransferInProgress, leader.Change(new Configuration(1, 2)));
        Assert.Equal(TransferResult.TransferInProgress, leader.Core.TransferLeadership(3));
    }

    [Fact]
    public void Thesis_3_10_the_target_is_told_only_when_it_has_everything()
    {
        CoreNode leader = Leader();
        leader.Propose(1);
        leader.Core.TransferLeadership(2);
        Assert.DoesNotContain(leader.Collect(), static m => m.Kind == MessageKind.TimeoutNow);
        leader.Step(leader.From(3, MessageKind.AppendResponse) with { Index = 2 });
        Assert.DoesNotContain(leader.Collect(), static m => m.Kind == MessageKind.TimeoutNow);
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 2 });
        Assert.Equal(2UL, Assert.Single(leader.Collect(), static m => m.Kind == MessageKind.TimeoutNow).To);
        Assert.Empty(leader.Collect());
    }

    [Fact]
    public void A_heartbeat_or_its_answer_does_not_end_a_transfer()
    {
        CoreNode leader = Leader();
        leader.Core.TransferLeadership(2);
        leader.Collect();
        leader.Elapse(CoreNode.HeartbeatInterval);
        leader.Collect();
        leader.Step(leader.From(2, MessageKind.HeartbeatResponse));
        leader.Step(leader.From(3, MessageKind.HeartbeatResponse));
        Assert.Equal(2UL, leader.Core.TransferTarget);
        leader.Elapse(CoreNode.HeartbeatInterval);
        Assert.Single(leader.Collect(), static m => m.Kind == MessageKind.TimeoutNow); // said again, for the first may be lost
    }

    [Fact]
    public void A_transfer_that_fails_leaves_the_leader_in_office()
    {
        CoreCluster cluster = new(3);
        CoreNode leader = cluster.Lead(1);
        cluster.Isolate(2);
        leader.Core.TransferLeadership(2);
        cluster.Elapse(CoreNode.ElectionTimeout - TimeSpan.FromMilliseconds(1));
        Assert.Equal(2UL, leader.Core.TransferTarget);
        cluster.Elapse(TimeSpan.FromMilliseconds(1));
        Assert.Equal((0UL, Role.Leader, true), (leader.Core.TransferTarget, leader.Core.Role, leader.Core.AcceptsProposals));
        cluster.Heal();
        Assert.True(leader.Propose(1));
        cluster.Elapse(CoreNode.ElectionTimeout * 3);
        Assert.Equal((1UL, 1L), (cluster.Leader?.Id, leader.Term));
        Assert.Equal(leader.Log.LastIndex, leader.Core.CommitIndex);
        Assert.Equal(TransferResult.Accepted, leader.Core.TransferLeadership(2));
        cluster.Settle();
        Assert.Equal(2UL, cluster.Leader?.Id);
    }

    [Fact]
    public void A_target_that_crashes_after_it_has_raised_the_term_leaves_a_cluster_that_elects_a_leader()
    {
        CoreCluster cluster = new(3);
        CoreNode leader = cluster.Lead(1);
        leader.Core.TransferLeadership(2);
        cluster[2].Step(leader.Collect().Single(static m => m.Kind == MessageKind.TimeoutNow));
        foreach (Message request in cluster[2].Collect())
        {
            cluster[request.To].Step(request);
        }

        cluster.Stop(2);
        Assert.Equal(Role.Follower, leader.Core.Role);
        Assert.NotEqual(2UL, cluster.ElectLeader().Id);
    }

    [Fact]
    public void Only_a_voter_that_does_not_lead_and_is_to_stay_can_be_a_target()
    {
        CoreNode leader = Leader();
        Assert.Equal(TransferResult.NotLeader, CoreNode.Of(2, 3).Core.TransferLeadership(1));
        Assert.Equal(TransferResult.AlreadyLeader, leader.Core.TransferLeadership(1));
        Assert.Equal(TransferResult.NotVoter, leader.Core.TransferLeadership(9));
        leader.Change(new Configuration([new Member(1, MemberRoles.Voter), new Member(2, MemberRoles.Voter), new Member(4, MemberRoles.Learner)]));
        Assert.Equal(TransferResult.NotVoter, leader.Core.TransferLeadership(3));
        Assert.Equal(TransferResult.NotVoter, leader.Core.TransferLeadership(4));
        Assert.Equal(TransferResult.Accepted, leader.Core.TransferLeadership(0));
        Assert.Equal(2UL, leader.Core.TransferTarget);
    }

    [Fact]
    public void A_node_stands_for_election_only_at_the_word_of_the_leader_it_follows_in_its_term()
    {
        CoreNode node = CoreNode.Of(1, 3);
        node.Step(node.From(2, MessageKind.HeartbeatRequest) with { Term = 4 });
        node.Collect();
        node.Step(node.From(3, MessageKind.TimeoutNow));
        node.Step(node.From(2, MessageKind.TimeoutNow) with { Term = 3 });
        node.Step(node.From(2, MessageKind.TimeoutNow) with { Term = 9 });
        Assert.Equal((Role.Follower, 4L), (node.Core.Role, node.Term));
        node.Step(node.From(2, MessageKind.TimeoutNow));
        Assert.Equal((Role.Candidate, 5L), (node.Core.Role, node.Term));
        Assert.All(node.Collect(), static m => Assert.True(m is { Kind: MessageKind.VoteRequest, IsTransfer: true }));
    }

    [Fact]
    public void A_learner_that_is_told_to_stand_does_not()
    {
        CoreNode node = CoreNode.Of(7, 3);
        node.Step(node.From(2, MessageKind.HeartbeatRequest) with { Term = 4 });
        node.Step(node.From(2, MessageKind.TimeoutNow));
        Assert.Equal((Role.Follower, 4L), (node.Core.Role, node.Term));
    }

    [Fact]
    public void A_voter_that_has_not_been_heard_from_is_neither_chosen_nor_accepted()
    {
        CoreCluster cluster = new(3);
        CoreNode leader = cluster.Lead(1);
        cluster.Stop(2);
        cluster.Elapse(CoreNode.ElectionTimeout);
        Assert.Equal(TransferResult.NotReachable, leader.Core.TransferLeadership(2));
        Assert.True(leader.Core.AcceptsProposals);
        Assert.Equal(TransferResult.Accepted, leader.Core.TransferLeadership(0));
        Assert.Equal(3ul, leader.Core.TransferTarget);
    }

    // Its time to answer has not passed yet.
    [Fact]
    public void A_voter_that_has_never_answered_this_leader_is_neither_chosen_nor_accepted()
    {
        CoreNode node = CoreNode.Of(1, 3);
        node.Win();
        node.Collect();
        Assert.Equal(TransferResult.NotReachable, node.Core.TransferLeadership(2));
        Assert.Equal(TransferResult.NotReachable, node.Core.TransferLeadership(0));
        node.Step(node.From(3, MessageKind.HeartbeatResponse));
        Assert.Equal(TransferResult.Accepted, node.Core.TransferLeadership(0));
        Assert.Equal(3ul, node.Core.TransferTarget);
    }

    [Fact]
    public void A_transfer_to_a_chosen_target_ends_at_once_when_its_connection_breaks()
    {
        CoreNode leader = Leader();
        Assert.Equal(TransferResult.Accepted, leader.Core.TransferLeadership(0));
        Assert.Equal(2ul, leader.Core.TransferTarget);
        leader.Core.ReportUnreachable(2);
        leader.Elapse(CoreNode.HeartbeatInterval);
        Assert.Equal((0ul, true), (leader.Core.TransferTarget, leader.Core.AcceptsProposals));
        Assert.Equal(TransferResult.Accepted, leader.Core.TransferLeadership(0));
        Assert.Equal(3ul, leader.Core.TransferTarget);
    }

    // It may be back in a moment, and the caller has named it explicitly.
    [Fact]
    public void A_transfer_to_a_named_target_outlasts_its_connection()
    {
        CoreNode leader = Leader();
        leader.Core.ReportUnreachable(2);
        Assert.Equal(TransferResult.Accepted, leader.Core.TransferLeadership(2));
        leader.Elapse(CoreNode.HeartbeatInterval);
        Assert.Equal(2ul, leader.Core.TransferTarget);
    }

    [Fact]
    public void The_only_voter_has_no_target()
    {
        CoreNode node = CoreNode.Of(1, 1);
        node.Tick(node.Core.NextDeadline);
        Assert.Equal(Role.Leader, node.Core.Role);
        Assert.Equal(TransferResult.NotReachable, node.Core.TransferLeadership(0));
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
