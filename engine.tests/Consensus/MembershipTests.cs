using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>Membership: joint consensus (Raft §6, thesis §4.3), learners (thesis §4.2.1), removal of the leader (thesis §4.2.2), removed nodes
/// (thesis §4.2.3).</summary>
public sealed class MembershipTests
{
    private const MemberRoles Promotable = MemberRoles.Learner | MemberRoles.Promotable;

    [Fact]
    public void Raft_6_all_nodes_of_a_cluster_can_be_replaced_one_by_one_while_it_works()
    {
        CoreCluster cluster = new(3, spares: 3);
        cluster.Lead(1);
        long value = 0;
        for (ulong leaving = 1; leaving <= 3; leaving++)
        {
            CoreNode leader = cluster.Leader!;
            ulong[] voters = [.. leader.Configuration.Voters.Where(id => id != leaving), leaving + 3];
            Assert.Equal(ChangeResult.Accepted, leader.Change(new Configuration(voters)));
            leader.Propose(++value);
            cluster.Elapse(CoreNode.ElectionTimeout * 3);
            Assert.Equal(voters.Order(), cluster.Leader!.Configuration.Voters);
        }

        Assert.Equal([4UL, 5, 6], cluster.Leader!.Configuration.Voters.ToArray());
        Assert.True(cluster.Leader.Propose(++value));
        cluster.Elapse(CoreNode.HeartbeatInterval * 3);
        Assert.All(cluster.Nodes.Skip(3), node => Assert.Equal([1L, 2, 3, 4], node.Log.Entries.Select(static item => item.Value).Where(static value => value != 0)));
        Assert.All(cluster.Nodes.Skip(3), node => Assert.Equal(cluster.Leader.Core.CommitIndex, node.Core.CommitIndex));
    }

    [Theory]
    [InlineData(2, 3, 4)]
    [InlineData(4, 5, 2)]
    public void Raft_6_in_a_joint_configuration_both_majorities_are_needed_to_commit(ulong first, ulong second, ulong last)
    {
        CoreNode leader = Leader(3);
        Assert.Equal(ChangeResult.Accepted, leader.Change(new Configuration(1, 4, 5)));
        leader.Collect();
        leader.Step(leader.From(first, MessageKind.AppendResponse) with { Index = 2 });
        leader.Step(leader.From(second, MessageKind.AppendResponse) with { Index = 2 });
        Assert.Equal(1, leader.Core.CommitIndex);
        leader.Step(leader.From(last, MessageKind.AppendResponse) with { Index = 2 });
        Assert.Equal(2, leader.Core.CommitIndex);
    }

    [Theory]
    [InlineData(new ulong[] { 2, 3 }, false)]
    [InlineData(new ulong[] { 4, 5 }, false)]
    [InlineData(new ulong[] { 2, 4 }, true)]
    public void Raft_6_in_a_joint_configuration_both_majorities_are_needed_to_be_elected_even_if_no_node_knows_it_to_be_committed(ulong[] voters, bool elected)
    {
        CoreNode node = CoreNode.Of(1, 3, MemoryLog.OfTerms(1), new HardState(1, 0));
        node.Log.Append(new LogItem(1, 0, new Configuration(1, 2, 3).StepTo(new Configuration(1, 4, 5))));
        node.Tick(node.Core.NextDeadline);
        Assert.Equal([2UL, 3, 4, 5], node.Collect().Select(static m => m.To));
        foreach (ulong voter in voters)
        {
            node.Step(node.From(voter, MessageKind.PreVoteResponse) with { Term = 2 });
        }

        Assert.Equal(elected ? Role.Candidate : Role.PreCandidate, node.Core.Role);
        foreach (ulong voter in voters)
        {
            node.Step(node.From(voter, MessageKind.VoteResponse));
        }

        Assert.Equal(elected ? Role.Leader : Role.PreCandidate, node.Core.Role);
    }

    [Fact]
    public void Thesis_4_1_a_change_is_refused_until_an_entry_of_the_leaders_own_term_is_committed()
    {
        CoreNode node = CoreNode.Of(1, 3, MemoryLog.OfTerms(1, 1), new HardState(1, 0));
        node.Win();
        node.Collect();
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = 2 });
        Assert.Equal(ChangeResult.TermNotCommitted, node.Change(new Configuration(1, 2)));
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = 3 });
        Assert.Equal(ChangeResult.Accepted, node.Change(new Configuration(1, 2)));
    }

    [Fact]
    public void Thesis_4_1_there_is_one_change_at_a_time_until_its_last_step_is_committed()
    {
        CoreNode leader = Leader(3);
        Assert.Equal(ChangeResult.Accepted, leader.Change(new Configuration(1, 2)));
        Assert.Equal(ChangeResult.ChangeInProgress, leader.Change(new Configuration(1, 2, 3)));
        leader.Collect();
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 2 });
        Assert.Equal((2, true), (leader.Core.CommitIndex, leader.Configuration.IsJoint));
        Assert.Equal(leader.Now, leader.Core.NextDeadline); // the caller is asked to come back at once
        Assert.Equal(ChangeResult.ChangeInProgress, leader.Change(new Configuration(1, 2, 3)));
        leader.Collect();
        Assert.Equal(new Configuration(1, 2), leader.Configuration);
        Assert.Equal(ChangeResult.ChangeInProgress, leader.Change(new Configuration(1, 2, 3)));
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 3 });
        Assert.Equal(ChangeResult.Accepted, leader.Change(new Configuration(1, 2, 3)));
    }

    [Fact]
    public void A_change_that_cannot_be_begun_says_why()
    {
        CoreNode leader = Leader(3);
        Assert.Equal(ChangeResult.NotLeader, CoreNode.Of(2, 3).Change(new Configuration(2)));
        Assert.Equal(ChangeResult.Unchanged, leader.Change(new Configuration(1, 2, 3)));
        Assert.Throws<ArgumentException>(() => leader.Change(new Configuration(1, 2, 3).StepTo(new Configuration(1, 2))!));
        Member[] many = [.. Enumerable.Range(1, 40).Select(static i => new Member((ulong)i, i <= 15 ? MemberRoles.Voter : MemberRoles.Learner))];
        Assert.Equal(ChangeResult.Accepted, Leader(3).Change(new Configuration([.. many])));
        Member[] others = [.. many.Select(static member => member with { NodeId = member.NodeId + 3 })];
        Assert.Equal(ChangeResult.TooManyMembers, leader.Change(new Configuration([.. others])));
    }

    [Fact]
    public void Thesis_4_1_a_new_leader_minds_the_uncommitted_configuration_in_its_log()
    {
        CoreNode node = CoreNode.Of(1, 3, MemoryLog.OfTerms(1), new HardState(1, 0));
        node.Log.Append(new LogItem(1, 0, new Configuration(1, 2, 3).StepTo(new Configuration(1, 2, 3, 4, 5))));
        node.Win();
        node.Collect();
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = 3 });
        Assert.Equal(0, node.Core.CommitIndex); // two of 1 2 3, but of 1 2 3 4 5 as well
        node.Step(node.From(4, MessageKind.AppendResponse) with { Index = 3 });
        Assert.Equal(3, node.Core.CommitIndex);
        node.Collect();
        Assert.Equal(new Configuration(1, 2, 3, 4, 5), node.Configuration); // and it completes the change
    }

    [Fact]
    public void Thesis_4_1_a_configuration_that_is_truncated_gives_way_to_the_one_before()
    {
        CoreNode node = CoreNode.Of(1, 3, MemoryLog.OfTerms(1), new HardState(1, 0));
        node.Step(Append(node, 1, 1, new LogItem(1, 0, new Configuration(2, 3))));
        node.Collect();
        Assert.Equal(new Configuration(2, 3), node.Core.Configuration.Configuration);
        node.Step(Append(node, 1, 1, new LogItem(2, 7)) with { Message = Append(node, 1, 1, new LogItem(2, 7)).Message with { From = 3, Term = 2 } });
        node.Collect();
        Assert.Equal(new LoggedConfiguration(0, node.Configuration), node.Core.Configuration);
        Assert.Equal([1UL, 2, 3], node.Core.Configuration.Configuration.Voters.ToArray());
        Assert.True(node.Core.NextDeadline < TimeSpan.MaxValue); // it is a voter again
    }

    [Fact]
    public void Thesis_4_1_a_node_follows_and_votes_for_nodes_that_its_configuration_does_not_know()
    {
        CoreNode node = CoreNode.Of(1, 3);
        node.Step(node.From(9, MessageKind.VoteRequest) with { Term = 1 });
        Assert.False(Assert.Single(node.Collect()).Rejected);
        node.Step(node.From(9, MessageKind.AppendRequest) with { LastIndex = 1, EntryTerm = 1 });
        Assert.Equal((9UL, 1L), (node.Core.LeaderId, node.Log.LastIndex));
    }

    [Theory]
    [InlineData(MessageKind.AppendResponse)]
    [InlineData(MessageKind.HeartbeatResponse)]
    [InlineData(MessageKind.VoteResponse)]
    [InlineData(MessageKind.ReadIndexRequest)]
    public void Thesis_4_2_3_answers_of_nodes_outside_the_configuration_do_nothing_whatever_their_term(MessageKind kind)
    {
        CoreNode leader = Leader(3);
        leader.Step(leader.From(9, kind) with { Term = 50, Index = 1, Rejected = true });
        Assert.Equal((Role.Leader, 1L), (leader.Core.Role, leader.Term));
        Assert.Empty(leader.Collect());
    }

    [Fact]
    public void Thesis_4_2_3_a_voter_that_was_demoted_or_removed_while_it_was_away_does_not_disturb_the_others()
    {
        CoreCluster cluster = new(5);
        CoreNode leader = cluster.Lead(1);
        cluster.Isolate(4, 5);
        Member[] others = [new(1, MemberRoles.Voter), new(2, MemberRoles.Voter), new(3, MemberRoles.Voter), new(4, MemberRoles.Learner)];
        leader.Change(new Configuration([.. others]));
        cluster.Elapse(CoreNode.ElectionTimeout * 4);
        Assert.False(leader.Configuration.IsJoint);
        Assert.Equal(Role.PreCandidate, cluster[5].Core.Role);
        cluster.Heal();
        cluster.Elapse(CoreNode.ElectionTimeout * 10);
        Assert.Same(leader, cluster.Leader);
        Assert.All(cluster.Nodes, static node => Assert.Equal(1, node.Term));
        Assert.Equal((Role.Follower, leader.Log.LastIndex), (cluster[4].Core.Role, cluster[4].Core.CommitIndex));

        // Who cannot stand for election waits for nothing, once it has noticed that it hears of no leader.
        cluster.Isolate(4);
        cluster.Elapse(CoreNode.ElectionTimeout * 4);
        Assert.Equal((Role.Follower, 0UL, TimeSpan.MaxValue), (cluster[4].Core.Role, cluster[4].Core.LeaderId, cluster[4].Core.NextDeadline));
    }

    // With two voters, of which one is to go: the configuration holds when it is appended, not when it is applied, so
    // that a node that has it can complete the change.
    [Fact]
    public void With_an_even_number_of_voters_a_change_survives_the_loss_of_the_node_that_goes()
    {
        CoreCluster cluster = new(2);
        CoreNode leader = cluster.Lead(1);
        leader.Change(new Configuration(1));
        cluster.Settle();
        cluster.Stop(2);
        cluster.Elapse(CoreNode.ElectionTimeout * 3);
        Assert.Equal(new Configuration(1), leader.Configuration);
        Assert.True(leader.Propose(1));
        cluster.Elapse(CoreNode.HeartbeatInterval);
        Assert.Equal(leader.Log.LastIndex, leader.Core.CommitIndex);
    }

    [Fact]
    public void Thesis_4_2_2_a_removed_leader_does_not_count_itself_and_steps_down_once_the_configuration_is_committed()
    {
        CoreNode leader = Leader(3);
        leader.Change(new Configuration(2, 3));
        leader.Collect();
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 2 });
        leader.Step(leader.From(3, MessageKind.AppendResponse) with { Index = 2 });
        leader.Collect();
        Assert.Equal((2, 3), (leader.Core.CommitIndex, leader.Log.DurableIndex));
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 3 });
        Assert.Equal((2, Role.Leader), (leader.Core.CommitIndex, leader.Core.Role)); // with its own disk that would be two of three; it is one of two
        Assert.True(leader.Core.AcceptsProposals);
        leader.Step(leader.From(3, MessageKind.AppendResponse) with { Index = 3 });
        Assert.False(leader.Core.AcceptsProposals);
        List<Message> last = leader.Collect();
        Assert.Equal((Role.Follower, 0UL), (leader.Core.Role, leader.Core.LeaderId));
        Assert.Equal([3L, 3], last.Where(static m => m.Kind == MessageKind.HeartbeatRequest).Select(static m => m.Commit));
        Assert.Single(last, static m => m.Kind == MessageKind.TimeoutNow);
        Assert.Equal(TimeSpan.MaxValue, leader.Core.NextDeadline);
    }

    // After a restart a node knows of little that is committed; that the first configurations did not have it as a voter either must not keep it from
    // being one now.
    [Fact]
    public void Thesis_4_2_2_a_removed_voter_that_is_still_needed_stands_for_election_also_after_a_restart()
    {
        CoreNode node = CoreNode.Of(9, 1, MemoryLog.OfTerms(1), new HardState(1, 0));
        Assert.Equal(TimeSpan.MaxValue, node.Core.NextDeadline);
        node.Log.Append(new LogItem(1, 0, new Configuration(9)));
        node.Log.Append(new LogItem(1, 0, new Configuration(9).StepTo(new Configuration(1))));
        node.Log.Append(new LogItem(1, 0, new Configuration(1)));
        node.Log.SyncAll();
        node.Restart(node.Now);
        Assert.Equal(0, node.Core.CommitIndex);
        node.Tick(node.Core.NextDeadline);
        Assert.Equal((MessageKind.PreVoteRequest, 1UL), node.Collect().Select(static m => (m.Kind, m.To)).Single());
        node.Step(node.From(1, MessageKind.PreVoteResponse) with { Term = 2 });
        node.Step(node.From(1, MessageKind.VoteResponse));
        Assert.Equal(Role.Leader, node.Core.Role);
    }

    [Fact]
    public void Thesis_4_2_1_a_learner_gets_the_log_but_neither_votes_nor_counts_nor_stands_for_election()
    {
        CoreNode leader = Leader(3);
        leader.Change(new Configuration([.. leader.Configuration.Members, new Member(4, MemberRoles.Learner)]));
        Assert.Contains(leader.Collect(), static m => m is { To: 4, Kind: MessageKind.AppendRequest });
        leader.Step(leader.From(4, MessageKind.AppendResponse) with { Index = 2 });
        Assert.Equal(1, leader.Core.CommitIndex);
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 2 });
        Assert.Equal(2, leader.Core.CommitIndex);

        CoreNode candidate = CoreNode.Of(1, 3, MemoryLog.OfTerms(1), new HardState(1, 0));
        candidate.Log.Append(new LogItem(1, 0, leader.Configuration));
        candidate.Tick(candidate.Core.NextDeadline);
        Assert.Equal([2UL, 3], candidate.Collect().Select(static m => m.To));
        candidate.Step(candidate.From(4, MessageKind.PreVoteResponse) with { Term = 2 });
        Assert.Equal(Role.PreCandidate, candidate.Core.Role);
    }

    [Fact]
    public void Thesis_4_2_1_a_promotable_learner_becomes_a_voter_by_itself_once_it_has_caught_up()
    {
        CoreCluster cluster = new(3, spares: 1);
        CoreNode leader = cluster.Lead(1);
        for (int i = 0; i < 100; i++)
        {
            leader.Propose(i);
        }

        leader.Change(new Configuration([.. leader.Configuration.Members, new Member(4, Promotable)]));
        cluster.Elapse(CoreNode.ElectionTimeout);
        Assert.Equal(new Configuration(1, 2, 3, 4), leader.Configuration);
        Assert.Equal(leader.Log.Entries, cluster[4].Log.Entries);
    }

    [Fact]
    public void Thesis_4_2_1_a_learner_that_is_too_slow_is_given_up_on_after_ten_rounds_and_tried_again_when_asked()
    {
        CoreNode leader = Leader(1);
        Assert.Equal(ChangeResult.Accepted, leader.Change(new Configuration([new Member(1, MemberRoles.Voter), new Member(2, Promotable)])));
        leader.Collect();
        for (int round = 1; round <= 12; round++)
        {
            long slow = leader.Log.LastIndex;
            leader.Propose(round);
            leader.Elapse(CoreNode.ElectionTimeout);
            leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = slow });
            leader.Collect();
            Assert.Equal(Math.Min(round, CatchUp.MaxRounds), leader.Core.Peers[1].CatchUp.Rounds);
        }

        Assert.True(leader.Core.Peers[1].CatchUp.IsGivenUp);
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = leader.Log.LastIndex });
        leader.Collect();
        Assert.Equal([2UL], leader.Configuration.Learners.ToArray());

        Assert.Equal(ChangeResult.Unchanged, leader.Change(leader.Configuration));
        leader.Propose(99);
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = leader.Log.LastIndex });
        leader.Collect();
        Assert.True(leader.Configuration.IsJoint);
        Assert.Equal([1UL, 2], leader.Configuration.Voters.ToArray());
    }

    [Fact]
    public void A_node_that_joins_hears_of_it_at_once_and_not_with_the_next_heartbeat()
    {
        CoreCluster cluster = new(3, spares: 1);
        CoreNode leader = cluster.Lead(1);
        leader.Change(new Configuration(1, 2, 3, 4));
        cluster.Settle();
        Assert.Equal(new Configuration(1, 2, 3, 4), cluster[4].Configuration);
    }

    private static CoreNode Leader(int voters)
    {
        CoreNode node = CoreNode.Of(1, voters);
        node.Tick(node.Core.NextDeadline);
        if (voters > 1)
        {
            node.Win();
        }

        node.Collect();
        for (ulong id = 2; id <= (ulong)voters; id++)
        {
            node.Step(node.From(id, MessageKind.AppendResponse) with { Index = 1 });
        }

        Assert.Equal((Role.Leader, 1L), (node.Core.Role, node.Core.CommitIndex));
        return node;
    }

    private static Envelope Append(CoreNode node, long index, long indexTerm, LogItem item) => new(
        node.From(2, MessageKind.AppendRequest) with { Index = index, IndexTerm = indexTerm, LastIndex = index + 1, EntryTerm = item.Term },
        [item]);
}
