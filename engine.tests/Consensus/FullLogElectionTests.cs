using System;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>A leader's first act is to append, so a node whose log has no room does not become one; the only voter does, and appends nothing.</summary>
public sealed class FullLogElectionTests
{
    [Fact]
    public void The_only_voter_without_room_leads_commits_what_it_has_and_serves_reads()
    {
        CoreNode node = new(CoreNode.OptionsOf(1), CoreNode.Voters(1), MemoryLog.OfTerms(1, 1, 2), new HardState(2, 1));
        node.Log.IsFullToTheEnd = true;
        node.Tick(node.Core.NextDeadline);
        node.Core.LogDurable(node.Now);

        Assert.Equal((Role.Leader, 3L, 3L), (node.Core.Role, node.Term, node.Log.LastIndex));
        Assert.Equal(3, node.Core.CommitIndex);
        Assert.True(node.Core.TryRequestRead(out ulong round, out long readIndex));
        node.Collect();
        Assert.Equal((round, 3L), (node.Core.ConfirmedReadRound, readIndex));

        node.Log.IsFullToTheEnd = false;
        Assert.True(node.Propose(1));
        node.Collect();
        Assert.Equal(4, node.Core.CommitIndex);
    }

    [Fact]
    public void The_only_voter_counts_only_what_is_on_its_disk()
    {
        MemoryLog log = MemoryLog.OfTerms(1, 1);
        log.Append(2, 7);
        CoreNode node = new(CoreNode.OptionsOf(1), CoreNode.Voters(1), log, new HardState(2, 1)) { SyncsAtOnce = false };
        node.Log.IsFullToTheEnd = true;
        node.Tick(node.Core.NextDeadline);
        node.Core.LogDurable(node.Now);
        Assert.Equal((Role.Leader, 0L), (node.Core.Role, node.Core.CommitIndex));
        node.SyncsAtOnce = true;
        node.Collect();
        Assert.Equal(3, node.Core.CommitIndex);
    }

    [Fact]
    public void One_of_several_voters_without_room_does_not_stand_and_votes()
    {
        CoreCluster cluster = new(3);
        cluster[1].Log.IsFullToTheEnd = true;
        for (int i = 0; i < 20; i++)
        {
            cluster[1].Elapse(CoreNode.ElectionTimeout * 2);
            Assert.Empty(cluster[1].Collect());
        }

        Assert.Equal((Role.Follower, 0L), (cluster[1].Core.Role, cluster[1].Term));
        cluster.SetClocks(cluster[1].Now);
        cluster.Stop(3);
        cluster.Campaign(2);
        Assert.Equal(Role.Leader, cluster[2].Core.Role);
        Assert.Equal(2ul, cluster[1].Core.HardState.Vote);
    }

    [Fact]
    public void A_candidate_whose_room_is_gone_does_not_lead()
    {
        CoreNode node = CoreNode.Of(1, 3);
        node.Tick(node.Core.NextDeadline);
        node.Collect();
        node.Step(node.From(2, MessageKind.PreVoteResponse) with { Term = 1 });
        node.Collect();
        Assert.Equal(Role.Candidate, node.Core.Role);
        node.Log.IsFullToTheEnd = true;
        LogOrder order = node.Step(node.From(2, MessageKind.VoteResponse));
        Assert.Equal((default, Role.Follower), (order, node.Core.Role));
        Assert.Equal(new HardState(1, 1), node.Core.HardState);
    }

    [Fact]
    public void A_node_without_room_that_is_told_to_stand_goes_on_following()
    {
        CoreNode node = CoreNode.Of(1, 3);
        node.Step(node.From(2, MessageKind.HeartbeatRequest) with { Term = 4 });
        node.Log.IsFullToTheEnd = true;
        node.Step(node.From(2, MessageKind.TimeoutNow));
        Assert.Equal((Role.Follower, 4L, 2ul), (node.Core.Role, node.Term, node.Core.LeaderId));
    }

    // In a joint configuration a node that is a majority of one half needs the other.
    [Fact]
    public void The_only_voter_of_one_half_of_a_joint_configuration_does_not_lead_without_room()
    {
        Configuration joint = CoreNode.Voters(3).StepTo(CoreNode.Voters(1))!;
        CoreNode node = new(CoreNode.OptionsOf(1), joint);
        node.Log.IsFullToTheEnd = true;
        node.Tick(node.Core.NextDeadline);
        Assert.Equal((Role.Follower, 0L), (node.Core.Role, node.Term));
        Assert.Empty(node.Collect());
    }

    [Fact]
    public void A_node_without_room_for_commands_lets_the_others_stand_first_and_stands_if_none_does()
    {
        CoreNode node = CoreNode.Of(1, 3);
        node.Log.IsFull = true;
        for (int i = 0; i < 3; i++)
        {
            node.Tick(node.Core.NextDeadline);
            Assert.Empty(node.Collect());
        }

        node.Tick(node.Core.NextDeadline);
        Assert.All(node.Collect(), static m => Assert.Equal(MessageKind.PreVoteRequest, m.Kind));
        Assert.Equal(Role.PreCandidate, node.Core.Role);
    }
}
