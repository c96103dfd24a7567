using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>Pre-vote (thesis §9.6), leader stickiness (Raft §6, thesis §4.2.3) and the check of the quorum (thesis §6.2).</summary>
public sealed class PreVoteTests
{
    [Fact]
    public void Thesis_9_6_a_node_that_is_cut_off_does_not_raise_its_term_and_rejoins_without_an_election()
    {
        CoreCluster cluster = new(3);
        CoreNode leader = cluster.ElectLeader();
        CoreNode lonely = cluster.Nodes.First(node => node != leader);
        cluster.Isolate(lonely.Id);
        cluster.Elapse(CoreNode.ElectionTimeout * 20);
        Assert.Equal(Role.PreCandidate, lonely.Core.Role);
        Assert.Equal(1, lonely.Term);

        cluster.Heal();
        cluster.Elapse(CoreNode.ElectionTimeout * 5);
        Assert.Same(leader, cluster.Leader);
        Assert.All(cluster.Nodes, static node => Assert.Equal(1, node.Term));
        Assert.Equal(leader.Id, lonely.Core.LeaderId);
    }

    [Fact]
    public void Thesis_9_6_a_pre_vote_promises_nothing()
    {
        CoreNode node = CoreNode.Of(1, 3, hardState: new HardState(3, 0));
        node.OutlastSilence();
        node.Step(node.From(2, MessageKind.PreVoteRequest) with { Term = 4 });
        node.Step(node.From(3, MessageKind.PreVoteRequest) with { Term = 4 });
        List<Message> answers = node.Collect();
        Assert.Equal(2, answers.Count);
        Assert.All(answers, static answer => Assert.Equal((false, 4L), (answer.Rejected, answer.Term)));
        Assert.Equal(new HardState(3, 0), node.Core.HardState);
    }

    [Fact]
    public void Thesis_9_6_pre_votes_are_asked_for_the_next_term_and_raise_nothing_until_a_majority_has_granted_them()
    {
        CoreNode node = CoreNode.Of(1, 5, MemoryLog.OfTerms(1, 2), new HardState(2, 0));
        node.Tick(node.Core.NextDeadline);
        Assert.All(node.Collect(), static request => Assert.Equal((MessageKind.PreVoteRequest, 3L, 2L, 2L), (request.Kind, request.Term, request.Index, request.IndexTerm)));
        node.Step(node.From(2, MessageKind.PreVoteResponse) with { Term = 3 });
        node.Step(node.From(2, MessageKind.PreVoteResponse) with { Term = 3 });
        Assert.Equal(new HardState(2, 0), node.Core.HardState);
        node.Step(node.From(3, MessageKind.PreVoteResponse) with { Term = 3 });
        Assert.Equal(Role.Candidate, node.Core.Role);
        Assert.Equal(new HardState(3, 1), node.Core.HardState);
        Assert.All(node.Collect(), static request => Assert.Equal((MessageKind.VoteRequest, 3L), (request.Kind, request.Term)));
    }

    [Fact]
    public void A_part_of_a_leaders_message_keeps_its_followers_from_standing_but_prolongs_no_silence()
    {
        CoreNode node = CoreNode.Of(1, 3, hardState: new HardState(3, 0));
        node.Step(node.From(2, MessageKind.HeartbeatRequest) with { Term = 3 });
        for (int i = 0; i < 50; i++)
        {
            node.Elapse(CoreNode.ElectionTimeout / 2);
            node.Step(node.From(2, MessageKind.None) with { Term = 3 });
        }

        Assert.Equal((Role.Follower, 2UL), (node.Core.Role, node.Core.LeaderId));
        node.Collect();
        node.Step(node.From(3, MessageKind.PreVoteRequest) with { Term = 4 });
        Assert.False(Assert.Single(node.Collect()).Rejected);
    }

    [Theory]
    [InlineData(3, 3)] // not the leader
    [InlineData(2, 2)] // of an older term
    [InlineData(2, 4)] // of a newer one, which its header alone does not prove
    public void A_part_of_any_other_message_changes_nothing(ulong from, long term)
    {
        CoreNode node = CoreNode.Of(1, 3, hardState: new HardState(3, 0));
        node.Step(node.From(2, MessageKind.HeartbeatRequest) with { Term = 3 });
        node.Collect();
        TimeSpan deadline = node.Core.NextDeadline;
        node.Now += CoreNode.ElectionTimeout / 2;
        node.Step(node.From(from, MessageKind.None) with { Term = term });
        Assert.Equal((deadline, 2UL, 3L), (node.Core.NextDeadline, node.Core.LeaderId, node.Term));
        Assert.Empty(node.Collect());
    }

    [Fact]
    public void A_pre_vote_granted_for_another_term_does_not_count()
    {
        CoreNode node = CoreNode.Of(1, 3, hardState: new HardState(5, 0));
        node.Tick(node.Core.NextDeadline);
        node.Step(node.From(2, MessageKind.PreVoteResponse) with { Term = 5 });
        node.Step(node.From(2, MessageKind.PreVoteResponse) with { Term = 9 });
        Assert.Equal(Role.PreCandidate, node.Core.Role);
        Assert.Equal(new HardState(5, 0), node.Core.HardState);
    }

    [Fact]
    public void Two_of_three_nodes_with_the_longer_log_in_the_lower_term_do_not_refuse_each_other_forever()
    {
        // Node 1: more entries, but an old term. Node 2: a newer term, but fewer entries. Node 3 is down.
        CoreCluster cluster = new(3, logOf: id => id == 1 ? MemoryLog.OfTerms(1, 1, 1) : MemoryLog.OfTerms(1), hardStateOf: id => new HardState(id == 1 ? 1 : 8, 0));
        cluster.Stop(3);
        Assert.Same(cluster[1], cluster.ElectLeader());
        Assert.True(cluster[1].Term > 8);
    }

    [Theory]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [InlineData(3UL)]
    [InlineData(4UL)]
    public void Two_of_three_nodes_replace_a_leader_that_is_gone(ulong seed)
    {
        CoreCluster cluster = new(3, seed);
        CoreNode first = cluster.ElectLeader();
        cluster.Stop(first.Id);
        Assert.NotSame(first, cluster.ElectLeader());
        cluster.Restart(first.Id);
        cluster.Elapse(CoreNode.ElectionTimeout * 3);
        Assert.Equal(cluster.Leader!.Id, first.Core.LeaderId);
    }

    [Theory]
    [InlineData(MessageKind.VoteRequest)]
    [InlineData(MessageKind.PreVoteRequest)]
    public void Thesis_4_2_3_a_node_that_hears_from_a_leader_ignores_candidates(MessageKind kind)
    {
        CoreNode node = CoreNode.Of(1, 3);
        node.Step(node.From(2, MessageKind.HeartbeatRequest) with { Term = 1 });
        node.Collect();
        Message request = node.From(3, kind) with { Term = 9, Index = 100, IndexTerm = 8 };

        node.Elapse(CoreNode.ElectionTimeout - TimeSpan.FromTicks(1));
        node.Step(request);
        Assert.Empty(node.Collect());
        Assert.Equal(new HardState(1, 0), node.Core.HardState);

        node.Elapse(TimeSpan.FromTicks(1));
        node.Step(request);
        Assert.Contains(node.Collect(), answer => answer.To == 3 && !answer.Rejected);
    }

    [Fact]
    public void Thesis_4_2_3_a_leader_ignores_candidates()
    {
        CoreNode node = CoreNode.Of(1, 3);
        node.Win();
        node.Collect();
        node.Step(node.From(3, MessageKind.VoteRequest) with { Term = 9, Index = 100, IndexTerm = 8 });
        node.Step(node.From(3, MessageKind.PreVoteRequest) with { Term = 9, Index = 100, IndexTerm = 8 });
        Assert.Empty(node.Collect());
        Assert.Equal(Role.Leader, node.Core.Role);
    }

    [Fact]
    public void A_node_that_is_ahead_in_term_gets_back_into_the_cluster()
    {
        CoreCluster cluster = new(3);
        CoreNode leader = cluster.ElectLeader();
        ulong other = cluster.Nodes.First(node => node != leader).Id;
        cluster[other].Step(cluster[other].From(leader.Id, MessageKind.VoteResponse) with { Term = 20, Rejected = true });
        cluster.Elapse(CoreNode.ElectionTimeout * 5);
        Assert.True(cluster.ElectLeader().Term > 20);
        Assert.All(cluster.Nodes, node => Assert.Equal(cluster.Leader!.Id, node.Core.LeaderId));
    }

    [Fact]
    public void Thesis_6_2_a_leader_that_a_majority_does_not_answer_steps_down_and_keeps_its_vote()
    {
        CoreCluster cluster = new(5);
        CoreNode leader = cluster.ElectLeader();
        HardState before = leader.Core.HardState;
        ulong[] others = [.. cluster.Nodes.Where(node => node != leader).Select(static node => node.Id)];

        cluster.Isolate(others[0], others[1]);
        cluster.Elapse(CoreNode.ElectionTimeout * 5);
        Assert.Equal(Role.Leader, leader.Core.Role);

        cluster.Isolate(others[2]);
        cluster.Elapse(CoreNode.ElectionTimeout + CoreNode.HeartbeatInterval);
        Assert.NotEqual(Role.Leader, leader.Core.Role);
        Assert.Equal(0UL, leader.Core.LeaderId);
        Assert.Equal(before, leader.Core.HardState);
        Assert.False(leader.Propose(1));
    }

    [Fact]
    public void A_leader_steps_down_one_election_timeout_after_it_last_heard_from_a_majority_and_says_when_to_look()
    {
        CoreNode node = CoreNode.Of(1, 3);
        node.Win();
        node.Elapse(CoreNode.ElectionTimeout / 2);
        node.Step(node.From(2, MessageKind.HeartbeatResponse));
        TimeSpan heard = node.Now;
        while (node.Core.Role == Role.Leader)
        {
            Assert.True(node.Core.NextDeadline > node.Now && node.Core.NextDeadline <= node.Now + CoreNode.HeartbeatInterval);
            node.Tick(node.Core.NextDeadline);
        }

        Assert.Equal(heard + CoreNode.ElectionTimeout, node.Now);
    }
}
