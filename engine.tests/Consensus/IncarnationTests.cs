using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>Nodes that come back under a member's id without the member's disk, or beside it.</summary>
public sealed class IncarnationTests
{
    [Fact]
    public void The_leader_writes_the_incarnation_of_each_member_into_the_configuration()
    {
        CoreCluster cluster = Cluster();
        CoreNode leader = cluster.Lead(1);
        Assert.Equal([101UL, 102, 103], leader.Configuration.Members.Select(static member => member.Incarnation));
        Assert.All(cluster.Nodes, node => Assert.Equal(leader.Configuration, node.Configuration));
        Assert.False(leader.Configuration.IsJoint);
    }

    [Fact]
    public void A_wiped_voter_is_not_counted_by_what_it_had_acknowledged_and_both_sides_notice()
    {
        CoreCluster cluster = Cluster();
        CoreNode leader = cluster.Lead(1);
        cluster.Stop(3);
        leader.Propose(1);
        cluster.Settle();
        long committed = leader.Core.CommitIndex;
        Assert.Equal(leader.Log.LastIndex, committed);

        cluster[2].Wipe(cluster.Now, incarnation: 202);
        cluster.Elapse(CoreNode.HeartbeatInterval * 3);
        Assert.True(cluster[2].Core.IsSuperseded);
        Assert.True(leader.Core.Peers[1].IsSuperseded);
        Assert.Equal(0, leader.Core.Peers[1].Match);
        leader.Propose(2);
        cluster.Settle();
        Assert.Equal(committed, leader.Core.CommitIndex);
        Assert.Equal(0, cluster[2].Log.LastIndex);
    }

    [Fact]
    public void A_wiped_voter_does_not_help_a_node_without_the_committed_entries_to_lead()
    {
        CoreCluster cluster = Cluster();
        CoreNode leader = cluster.Lead(1);
        cluster.Stop(3);
        leader.Propose(1);
        cluster.Settle();
        cluster.Stop(1);
        cluster[2].Wipe(cluster.Now, incarnation: 202);
        cluster.Restart(3);
        cluster.Elapse(CoreNode.ElectionTimeout * 10);
        Assert.Null(cluster.Leader);
        cluster.Restart(1);
        cluster.Elapse(CoreNode.ElectionTimeout * 10);
        Assert.Equal(1UL, cluster.Leader?.Id);
    }

    [Fact]
    public void Removed_and_added_again_a_wiped_node_is_a_member()
    {
        CoreCluster cluster = Cluster();
        CoreNode leader = cluster.Lead(1);
        cluster[2].Wipe(cluster.Now, incarnation: 202);
        cluster.Elapse(CoreNode.HeartbeatInterval * 3);
        leader.Change(new Configuration(1, 3));
        cluster.Elapse(CoreNode.HeartbeatInterval * 3);
        leader.Change(new Configuration([.. leader.Configuration.Members, new Member(2, MemberRoles.Learner | MemberRoles.Promotable)]));
        cluster.Elapse(CoreNode.ElectionTimeout);
        Assert.Equal([1UL, 2, 3], leader.Configuration.Voters.ToArray());
        Assert.Equal(202UL, leader.Configuration.Find(2).Incarnation);
        Assert.Equal(leader.Log.Entries, cluster[2].Log.Entries);
        Assert.False(leader.Core.Peers[1].IsSuperseded);
    }

    [Fact]
    public void Of_two_nodes_with_one_id_only_the_member_counts_also_before_its_incarnation_is_in_the_log()
    {
        CoreNode leader = CoreNode.Of(1, 3, change: static options => options with { Incarnation = 101 });
        leader.Win();
        leader.Collect();
        leader.Step(leader.From(2, MessageKind.HeartbeatResponse) with { Incarnation = 102 });
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Incarnation = 999, Index = 1 });
        Assert.Equal(0, leader.Core.CommitIndex);
        Assert.True(leader.Core.Peers[1].IsSuperseded);
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Incarnation = 102, Index = 1 });
        Assert.False(leader.Core.Peers[1].IsSuperseded);
        Assert.Equal(1, leader.Core.CommitIndex);
    }

    [Theory]
    [InlineData(MessageKind.HeartbeatResponse, 0)]
    [InlineData(MessageKind.HeartbeatResponse, 1)]
    [InlineData(MessageKind.AppendResponse, 0)]
    [InlineData(MessageKind.AppendResponse, 1)]
    [InlineData(MessageKind.ReadIndexRequest, 0)]
    [InlineData(MessageKind.VoteResponse, 0)]
    [InlineData(MessageKind.PreVoteResponse, 0)]
    public void A_late_answer_of_the_removed_directory_is_not_taken_for_the_new_members(MessageKind kind, long sentAt)
    {
        const ulong Old = 0xA, New = 0xB;
        CoreNode leader = CoreNode.Of(1, 3, change: static options => options with { Incarnation = 1 });
        leader.Win();
        AnswerAll(leader, Old);
        long sharedIndex = leader.Log.LastIndex;
        Assert.Equal(Old, leader.Configuration.Find(3).Incarnation);
        Assert.Equal(ChangeResult.Accepted, leader.Change(new Configuration(1, 2)));
        AnswerAll(leader, Old);
        leader.Now += CoreNode.HeartbeatInterval / 2;
        Member added = new(3, MemberRoles.Learner | MemberRoles.Promotable);
        Assert.Equal(ChangeResult.Accepted, leader.Change(new Configuration([new Member(1, MemberRoles.Voter), new Member(2, MemberRoles.Voter), added])));
        leader.Collect();

        // Still on its way from the directory that is gone, of this very term.
        leader.Step(leader.From(3, kind) with { Incarnation = Old, Index = kind == MessageKind.AppendResponse ? sharedIndex : 0, SentAt = sentAt });
        Assert.Equal((0UL, 0L), (leader.Core.Peers[2].Incarnation, leader.Core.Peers[2].Match));
        AnswerAll(leader, New);
        Assert.Equal(New, leader.Configuration.Find(3).Incarnation);
        Assert.True(leader.Configuration.IsVoter(3));
    }

    // What all members say that have everything.
    private static void AnswerAll(CoreNode leader, ulong incarnation)
    {
        for (int i = 0; i < 5; i++)
        {
            leader.Collect();
            leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = leader.Log.LastIndex, Incarnation = 2 });
            leader.Step(leader.From(3, MessageKind.AppendResponse) with { Index = leader.Log.LastIndex, Incarnation = incarnation });
        }
    }

    [Fact]
    public void A_node_answers_for_itself_alone()
    {
        CoreNode node = CoreNode.Of(1, 3, change: static options => options with { Incarnation = 101 });
        node.Step(node.From(2, MessageKind.VoteRequest) with { Term = 1, Incarnation = 999 });
        Assert.Empty(node.Collect());
        Assert.True(node.Core.IsSuperseded);
        node.Step(node.From(2, MessageKind.VoteRequest) with { Term = 1, Incarnation = 101 });
        Message vote = Assert.Single(node.Collect());
        Assert.Equal((false, 101UL), (vote.Rejected, vote.Incarnation));
        Assert.False(node.Core.IsSuperseded);
    }

    private static CoreCluster Cluster() => new(3, change: static options => options with { Incarnation = options.NodeId + 100 });
}
