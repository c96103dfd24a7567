using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>Members tell the leader whether their logs have room, and it acts on it.</summary>
public sealed class RoomTests
{
    [Fact]
    public void A_follower_says_whether_its_log_has_room()
    {
        CoreNode node = CoreNode.Of(1, 3);
        node.Step(node.From(2, MessageKind.HeartbeatRequest) with { Term = 4 });
        Assert.Equal(ProposalRefusal.None, Assert.Single(node.Collect()).Refusal);
        node.Log.IsFull = true;
        node.Step(node.From(2, MessageKind.HeartbeatRequest));
        Assert.Equal(ProposalRefusal.LogFull, Assert.Single(node.Collect()).Refusal);
    }

    [Fact]
    public void A_leader_without_room_hands_over_to_the_voter_that_has_some()
    {
        CoreNode leader = Leader();
        Answer(leader, 2, isFull: true);
        Answer(leader, 3, isFull: false);
        leader.Log.IsFull = true;
        leader.Elapse(CoreNode.HeartbeatInterval * 2);
        Assert.Equal(3ul, leader.Core.TransferTarget);
    }

    [Fact]
    public void A_leader_without_room_leads_on_while_no_other_has_any()
    {
        CoreNode leader = Leader();
        leader.Log.IsFull = true;
        for (int i = 0; i < 30; i++)
        {
            Answer(leader, 2, isFull: true);
            Answer(leader, 3, isFull: true);
            leader.Elapse(CoreNode.HeartbeatInterval);
        }

        Assert.Equal((0ul, Role.Leader), (leader.Core.TransferTarget, leader.Core.Role));
        Answer(leader, 3, isFull: false);
        leader.Elapse(CoreNode.HeartbeatInterval);
        Assert.Equal(3ul, leader.Core.TransferTarget);
    }

    [Fact]
    public void A_leader_knows_when_a_majority_has_no_room_and_when_it_has_some_again()
    {
        CoreNode leader = Leader();
        Assert.True(leader.Core.HasMajorityRoom);
        Answer(leader, 2, isFull: true);
        Assert.True(leader.Core.HasMajorityRoom);
        Answer(leader, 3, isFull: true);
        Assert.False(leader.Core.HasMajorityRoom);
        Answer(leader, 2, isFull: false);
        Assert.True(leader.Core.HasMajorityRoom);
    }

    [Fact]
    public void Leadership_goes_to_a_voter_with_room_before_one_with_the_longer_log()
    {
        CoreNode leader = Leader();
        leader.Propose(1);
        leader.Collect();
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 2 });
        Answer(leader, 2, isFull: true);
        Answer(leader, 3, isFull: false);
        leader.Core.TransferLeadership(0);
        Assert.Equal(3ul, leader.Core.TransferTarget);
    }

    private static void Answer(CoreNode leader, ulong from, bool isFull) =>
        leader.Step(leader.From(from, MessageKind.HeartbeatResponse) with { Refusal = isFull ? ProposalRefusal.LogFull : ProposalRefusal.None });

    private static CoreNode Leader()
    {
        CoreNode leader = CoreNode.Of(1, 3);
        leader.Win();
        leader.Collect();
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 1 });
        leader.Step(leader.From(3, MessageKind.AppendResponse) with { Index = 1 });
        leader.Collect();
        return leader;
    }
}
