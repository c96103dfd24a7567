using System;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>Raft §5.1, §5.2, §5.4.1.</summary>
public sealed class ElectionTests
{
    [Fact]
    public void A_node_comes_up_as_a_follower_of_its_saved_term()
    {
        CoreNode node = CoreNode.Of(1, 3, hardState: new HardState(7, 2));
        Assert.Equal(Role.Follower, node.Core.Role);
        Assert.Equal(new HardState(7, 2), node.Core.HardState);
        Assert.Equal(0UL, node.Core.LeaderId);
    }

    [Fact]
    public void Section_5_2_a_follower_that_hears_from_no_leader_is_elected_by_a_majority_and_tells_everyone()
    {
        CoreCluster cluster = new(3);
        CoreNode leader = cluster.ElectLeader();
        Assert.Equal(1, leader.Term);
        Assert.All(cluster.Nodes, node => Assert.Equal(leader.Id, node.Core.LeaderId));
        Assert.All(cluster.Nodes, node => Assert.Equal(1, node.Log.LastIndex));
        Assert.Equal(1, leader.Core.CommitIndex);
    }

    [Fact]
    public void Section_5_2_a_leader_stays_leader_as_long_as_its_heartbeats_arrive()
    {
        CoreCluster cluster = new(3);
        CoreNode leader = cluster.ElectLeader();
        cluster.Elapse(CoreNode.ElectionTimeout * 20);
        Assert.Same(leader, cluster.Leader);
        Assert.Equal(1, leader.Term);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(7)]
    public void Clusters_of_every_size_elect_a_leader_and_replace_it(int voters)
    {
        CoreCluster cluster = new(voters);
        CoreNode first = cluster.ElectLeader();
        if (voters > 2)
        {
            cluster.Stop(first.Id);
            CoreNode second = cluster.ElectLeader();
            Assert.NotSame(first, second);
            Assert.True(second.Term > first.Term);
        }
    }

    [Fact]
    public void A_single_voter_leads_at_once_and_commits_when_its_disk_has_the_entry()
    {
        CoreNode node = CoreNode.Of(1, 1);
        node.SyncsAtOnce = false;
        node.Tick(node.Core.NextDeadline);
        Assert.Equal(Role.Leader, node.Core.Role);
        Assert.Equal(1, node.Log.LastIndex);
        node.Log.StartSync();
        Assert.Empty(node.Collect());
        Assert.Equal(0, node.Core.CommitIndex);
        node.CompleteSync();
        Assert.Equal(1, node.Core.CommitIndex);
    }

    [Fact]
    public void Section_5_2_election_timeouts_lie_between_one_and_two_times_the_configured_one_and_differ_each_time()
    {
        CoreNode node = CoreNode.Of(1, 3);
        TimeSpan[] waits = new TimeSpan[200];
        for (int i = 0; i < waits.Length; i++)
        {
            TimeSpan before = node.Now;
            node.Tick(node.Core.NextDeadline);
            waits[i] = node.Core.NextDeadline - node.Now;
            Assert.InRange(waits[i], CoreNode.ElectionTimeout, (CoreNode.ElectionTimeout * 2) - TimeSpan.FromTicks(1));
            Assert.True(node.Now > before);
        }

        Assert.True(waits.Distinct().Count() > 190);
        Assert.Contains(waits, static wait => wait < CoreNode.ElectionTimeout * 1.2);
        Assert.Contains(waits, static wait => wait > CoreNode.ElectionTimeout * 1.8);
    }

    [Fact]
    public void Section_5_2_a_node_votes_once_a_term_first_come_first_served()
    {
        CoreNode node = CoreNode.Of(1, 3);
        node.Step(Request(node, candidate: 2, term: 1));
        node.Step(Request(node, candidate: 3, term: 1));
        var answers = node.Collect();
        Assert.Equal([(2UL, false), (3UL, true)], answers.Select(static a => (a.To, a.Rejected)));
        Assert.Equal(new HardState(1, 2), node.Saved);
    }

    [Fact]
    public void A_repeated_vote_request_is_granted_again_for_the_first_answer_may_be_lost()
    {
        CoreNode node = CoreNode.Of(1, 3);
        node.Step(Request(node, candidate: 2, term: 1));
        node.Step(Request(node, candidate: 2, term: 1));
        Assert.All(node.Collect(), static answer => Assert.False(answer.Rejected));
    }

    [Fact]
    public void A_vote_survives_a_restart()
    {
        CoreNode node = CoreNode.Of(1, 3);
        node.Step(Request(node, candidate: 2, term: 1));
        node.Collect();
        node.Restart(node.Now);
        node.Step(Request(node, candidate: 3, term: 1));
        Assert.True(Assert.Single(node.Collect()).Rejected);
    }

    [Fact]
    public void A_candidate_does_not_vote_for_another_in_its_own_term()
    {
        CoreNode node = CoreNode.Of(1, 3);
        Campaign(node);
        node.Collect();
        node.Step(Request(node, candidate: 3, term: node.Term));
        Assert.True(Assert.Single(node.Collect()).Rejected);
    }

    [Fact]
    public void A_repeated_vote_counts_once()
    {
        CoreNode node = CoreNode.Of(1, 5);
        Campaign(node);
        for (int i = 0; i < 5; i++)
        {
            node.Step(node.From(2, MessageKind.VoteResponse));
        }

        Assert.Equal(Role.Candidate, node.Core.Role);
        node.Step(node.From(3, MessageKind.VoteResponse));
        Assert.Equal(Role.Leader, node.Core.Role);
    }

    [Fact]
    public void A_vote_of_an_earlier_term_does_not_count()
    {
        CoreNode node = CoreNode.Of(1, 3);
        Campaign(node);
        Message late = node.From(2, MessageKind.VoteResponse);
        Campaign(node);
        Assert.Equal(2, node.Term);
        node.Step(late);
        Assert.Equal(Role.Candidate, node.Core.Role);
    }

    [Fact]
    public void A_vote_of_a_node_outside_the_configuration_does_not_count()
    {
        CoreNode node = CoreNode.Of(1, 3);
        Campaign(node);
        node.Step(node.From(9, MessageKind.VoteResponse));
        node.Step(node.From(1, MessageKind.VoteResponse));
        Assert.Equal(Role.Candidate, node.Core.Role);
    }

    [Fact]
    public void A_message_for_another_node_is_ignored()
    {
        CoreNode node = CoreNode.Of(1, 3);
        node.Step(Request(node, candidate: 2, term: 5) with { To = 3 });
        Assert.Empty(node.Collect());
        Assert.Equal(0, node.Term);
    }

    [Fact]
    public void A_candidate_that_a_majority_refuses_gives_up_and_keeps_its_vote()
    {
        CoreNode node = CoreNode.Of(1, 3);
        Campaign(node);
        node.Step(node.From(2, MessageKind.VoteResponse) with { Rejected = true });
        node.Step(node.From(3, MessageKind.VoteResponse) with { Rejected = true });
        Assert.Equal(Role.Follower, node.Core.Role);
        Assert.Equal(new HardState(1, 1), node.Core.HardState);
    }

    [Theory]
    [InlineData(MessageKind.AppendRequest)]
    [InlineData(MessageKind.HeartbeatRequest)]
    public void Section_5_2_a_candidate_that_hears_from_the_leader_of_its_term_follows_it_and_keeps_its_vote(MessageKind kind)
    {
        CoreNode node = CoreNode.Of(1, 3);
        Campaign(node);
        node.Step(node.From(3, kind));
        Assert.Equal(Role.Follower, node.Core.Role);
        Assert.Equal(3UL, node.Core.LeaderId);
        Assert.Equal(new HardState(1, 1), node.Core.HardState);
    }

    [Fact]
    public void Section_5_1_a_leader_that_sees_a_higher_term_becomes_a_follower_of_that_term()
    {
        CoreNode node = CoreNode.Of(1, 3);
        node.Win();
        node.Step(node.From(2, MessageKind.HeartbeatResponse) with { Term = 9 });
        Assert.Equal(Role.Follower, node.Core.Role);
        Assert.Equal(new HardState(9, 0), node.Core.HardState);
        Assert.InRange(node.Core.NextDeadline, node.Now + CoreNode.ElectionTimeout, node.Now + (CoreNode.ElectionTimeout * 2));
    }

    [Theory]
    [InlineData(MessageKind.AppendRequest, MessageKind.AppendResponse)]
    [InlineData(MessageKind.HeartbeatRequest, MessageKind.AppendResponse)]
    [InlineData(MessageKind.VoteRequest, MessageKind.VoteResponse)]
    [InlineData(MessageKind.PreVoteRequest, MessageKind.PreVoteResponse)]
    public void Section_5_1_a_request_of_an_old_term_is_refused_with_the_current_one(MessageKind request, MessageKind answer)
    {
        CoreNode node = CoreNode.Of(1, 3, hardState: new HardState(5, 0));
        node.Step(node.From(2, request) with { Term = 4 });
        Message refusal = Assert.Single(node.Collect());
        Assert.Equal((answer, true, 5L), (refusal.Kind, refusal.Rejected, refusal.Term));
        Assert.Equal(0UL, node.Core.LeaderId);
    }

    [Fact]
    public void A_second_leader_in_a_term_is_not_believed()
    {
        CoreNode node = CoreNode.Of(1, 3);
        node.Step(node.From(2, MessageKind.HeartbeatRequest) with { Term = 1 });
        node.Step(node.From(3, MessageKind.HeartbeatRequest));
        Assert.Equal((2UL, Contradiction.SecondLeader), (node.Core.LeaderId, node.Core.Contradiction));
    }

    [Fact]
    public void A_repeated_vote_request_of_a_beaten_candidate_does_not_make_a_follower_forget_its_leader()
    {
        CoreNode voter = CoreNode.Of(1, 5);
        Message request = voter.From(2, MessageKind.VoteRequest) with { Term = 1 };
        voter.Step(request);
        voter.Collect();
        voter.Step(voter.From(3, MessageKind.HeartbeatRequest)); // elected by 3, 4 and 5
        voter.Collect();
        voter.Step(request);
        Assert.Equal((Role.Follower, 3UL, new HardState(1, 2)), (voter.Core.Role, voter.Core.LeaderId, voter.Core.HardState));
    }

    [Fact]
    public void A_repeated_vote_request_does_not_make_a_follower_forget_the_candidate_that_leads_by_now()
    {
        CoreNode voter = CoreNode.Of(1, 3);
        Message request = voter.From(2, MessageKind.VoteRequest) with { Term = 1 };
        voter.Step(request);
        voter.Step(voter.From(2, MessageKind.HeartbeatRequest));
        voter.Collect();
        voter.Step(request);
        Assert.Equal(2UL, voter.Core.LeaderId);
        Assert.False(Assert.Single(voter.Collect(), static m => m.Kind == MessageKind.VoteResponse).Rejected);
    }

    [Fact]
    public void A_repeated_vote_request_puts_off_no_election()
    {
        CoreNode voter = CoreNode.Of(1, 3);
        Message request = voter.From(2, MessageKind.VoteRequest) with { Term = 1 };
        voter.Step(request);
        TimeSpan deadline = voter.Core.NextDeadline;
        voter.Now += CoreNode.ElectionTimeout / 2;
        voter.Step(request);
        Assert.Equal(deadline, voter.Core.NextDeadline);
        voter.Tick(deadline);
        Assert.Equal(Role.PreCandidate, voter.Core.Role);
        voter.Step(request);
        Assert.Equal(Role.PreCandidate, voter.Core.Role);
    }

    // §5.4.1: the voter's log is 1 1 2.
    [Theory]
    [InlineData(3, 2, true)]
    [InlineData(4, 2, true)]
    [InlineData(1, 3, true)]
    [InlineData(2, 2, false)]
    [InlineData(9, 1, false)]
    [InlineData(0, 0, false)]
    public void Section_5_4_1_a_vote_goes_only_to_a_log_at_least_as_up_to_date(long lastIndex, long lastTerm, bool granted)
    {
        foreach (MessageKind kind in (ReadOnlySpan<MessageKind>)[MessageKind.VoteRequest, MessageKind.PreVoteRequest])
        {
            CoreNode node = CoreNode.Of(1, 3, MemoryLog.OfTerms(1, 1, 2), new HardState(3, 0));
            node.OutlastSilence();
            node.Step(node.From(2, kind) with { Term = 4, Index = lastIndex, IndexTerm = lastTerm });
            Assert.Equal(!granted, Assert.Single(node.Collect()).Rejected);
        }
    }

    [Fact]
    public void Section_5_2_only_a_granted_vote_puts_off_the_own_election()
    {
        CoreNode node = CoreNode.Of(1, 3, MemoryLog.OfTerms(1));
        TimeSpan deadline = node.Core.NextDeadline;
        node.Elapse(CoreNode.ElectionTimeout / 2);
        node.Step(Request(node, candidate: 2, term: 5));
        Assert.Equal(deadline, node.Core.NextDeadline);
        node.Step(Request(node, candidate: 2, term: 6) with { Index = 1, IndexTerm = 1 });
        Assert.True(node.Core.NextDeadline >= node.Now + CoreNode.ElectionTimeout);
    }

    [Fact]
    public void A_node_that_does_not_vote_never_stands_for_election_but_follows()
    {
        CoreNode node = CoreNode.Of(7, 3);
        Assert.Equal(TimeSpan.MaxValue, node.Core.NextDeadline);
        node.Elapse(CoreNode.ElectionTimeout * 100);
        Assert.Equal(Role.Follower, node.Core.Role);
        Assert.Empty(node.Collect());
        node.Step(node.From(1, MessageKind.AppendRequest) with { Term = 1, LastIndex = 2, EntryTerm = 1, Commit = 1 });
        Assert.Equal((2L, 1L), (node.Log.LastIndex, node.Core.CommitIndex));
        Assert.Equal(2, Assert.Single(node.Collect()).Index);
    }

    private static Message Request(CoreNode node, ulong candidate, long term) => node.From(candidate, MessageKind.VoteRequest) with { Term = term };

    // To a candidate of the next term, on the pre-votes of everyone.
    private static void Campaign(CoreNode node)
    {
        node.Tick(node.Core.NextDeadline);
        foreach (ulong voter in node.Configuration.Voters)
        {
            node.Step(node.From(voter, MessageKind.PreVoteResponse) with { Term = node.Term + 1 });
            if (node.Core.Role == Role.Candidate)
            {
                break;
            }
        }

        Assert.Equal(Role.Candidate, node.Core.Role);
    }
}
