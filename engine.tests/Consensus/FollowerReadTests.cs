using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>Linearizable reads on followers, by way of the leader (thesis §6.4).</summary>
public sealed class FollowerReadTests
{
    [Fact]
    public void Thesis_6_4_the_leader_answers_a_followers_read_after_a_majority_has_confirmed_it()
    {
        CoreNode leader = CoreNode.Of(1, 3);
        leader.Win();
        leader.Collect();
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 1 });
        leader.Step(leader.From(3, MessageKind.ReadIndexRequest) with { ReadRound = 77 });
        Message heartbeat = leader.Collect().First(static m => m.Kind == MessageKind.HeartbeatRequest);
        leader.Step(leader.From(2, MessageKind.HeartbeatResponse) with { ReadRound = heartbeat.ReadRound });
        Message answer = Assert.Single(leader.Collect(), static m => m.Kind == MessageKind.ReadIndexResponse);
        Assert.Equal((3UL, 77UL, 1L), (answer.To, answer.ReadRound, answer.Index));
    }

    [Fact]
    public void Thesis_6_4_a_leader_that_has_not_committed_in_its_term_answers_with_its_no_op()
    {
        CoreNode leader = CoreNode.Of(1, 3, MemoryLog.OfTerms(1, 1), new HardState(1, 0));
        leader.Win();
        leader.Step(leader.From(3, MessageKind.ReadIndexRequest) with { ReadRound = 5 });
        Message heartbeat = leader.Collect().First(static m => m.Kind == MessageKind.HeartbeatRequest);
        leader.Step(leader.From(2, MessageKind.HeartbeatResponse) with { ReadRound = heartbeat.ReadRound });
        Assert.Equal(3, Assert.Single(leader.Collect(), static m => m.Kind == MessageKind.ReadIndexResponse).Index);
    }

    [Fact]
    public void A_follower_reads_what_was_committed_before_it_asked()
    {
        CoreCluster cluster = new(3);
        CoreNode leader = cluster.Lead(1);
        leader.Propose(1);
        cluster.Settle();
        Assert.True(cluster[2].Core.TryForwardRead(out ulong number));
        cluster.Settle();
        Assert.Equal((number, leader.Core.CommitIndex), (cluster[2].Core.AnsweredReadNumber, cluster[2].Core.AnsweredReadIndex));
        Assert.Equal(2, cluster[2].Core.AnsweredReadIndex);
    }

    [Fact]
    public void Reads_of_one_batch_share_a_request()
    {
        CoreNode node = Follower();
        node.Core.TryForwardRead(out ulong first);
        node.Core.TryForwardRead(out ulong second);
        Assert.Equal(first, second);
        Assert.Equal(first, Assert.Single(node.Collect()).ReadRound);
        Assert.Empty(node.Collect());
    }

    [Fact]
    public void A_lost_request_is_repeated_also_to_the_next_leader()
    {
        CoreNode node = Follower();
        node.Core.TryForwardRead(out ulong number);
        node.Collect();
        node.Step(node.From(2, MessageKind.HeartbeatRequest));
        Assert.DoesNotContain(node.Collect(), static m => m.Kind == MessageKind.ReadIndexRequest); // it is just under way
        node.Now += CoreNode.HeartbeatInterval;
        node.Step(node.From(3, MessageKind.HeartbeatRequest) with { Term = 9 });
        Message again = Assert.Single(node.Collect(), static m => m.Kind == MessageKind.ReadIndexRequest);
        Assert.Equal((3UL, number), (again.To, again.ReadRound));
        node.Step(node.From(3, MessageKind.ReadIndexResponse) with { ReadRound = number, Index = 4 });
        node.Now += CoreNode.HeartbeatInterval;
        node.Step(node.From(3, MessageKind.HeartbeatRequest));
        Assert.DoesNotContain(node.Collect(), static m => m.Kind == MessageKind.ReadIndexRequest);
    }

    [Fact]
    public void An_answer_to_an_earlier_read_or_an_earlier_life_or_in_an_earlier_term_answers_nothing()
    {
        CoreNode node = Follower();
        node.Core.TryForwardRead(out ulong first);
        node.Collect();
        node.Now += CoreNode.HeartbeatInterval;
        node.Restart(node.Now);
        node.Step(node.From(2, MessageKind.HeartbeatRequest));
        node.Core.TryForwardRead(out ulong number);
        Assert.NotEqual(first, number);
        node.Collect();
        node.Step(node.From(2, MessageKind.ReadIndexResponse) with { ReadRound = first, Index = 1 });
        node.Step(node.From(2, MessageKind.ReadIndexResponse) with { ReadRound = number, Index = 1, Term = node.Term - 1 });
        node.Step(node.From(2, MessageKind.ReadIndexResponse) with { ReadRound = number + 1, Index = 1 });
        Assert.True(node.Core.AnsweredReadNumber < number);
        node.Step(node.From(2, MessageKind.ReadIndexResponse) with { ReadRound = number, Index = 6 });
        node.Step(node.From(2, MessageKind.ReadIndexResponse) with { ReadRound = number, Index = 9 });
        Assert.Equal((number, 6L), (node.Core.AnsweredReadNumber, node.Core.AnsweredReadIndex));
    }

    [Fact]
    public void A_leader_keeps_a_bounded_number_of_them_and_forgets_them_when_it_steps_down()
    {
        CoreNode leader = CoreNode.Of(1, 3);
        leader.Win();
        leader.Collect();
        for (ulong i = 1; i <= 1000; i++)
        {
            leader.Step(leader.From(2, MessageKind.ReadIndexRequest) with { ReadRound = i });
        }

        Message heartbeat = leader.Collect().First(static m => m.Kind == MessageKind.HeartbeatRequest);
        Message confirmation = leader.From(3, MessageKind.HeartbeatResponse) with { ReadRound = heartbeat.ReadRound };
        leader.Step(confirmation);
        Assert.Equal(4 * Configuration.MaxMembers, leader.Collect().Count(static m => m.Kind == MessageKind.ReadIndexResponse));

        leader.Step(leader.From(2, MessageKind.ReadIndexRequest) with { ReadRound = 2000 });
        leader.Collect();
        leader.Step(leader.From(2, MessageKind.HeartbeatResponse) with { Term = 5 });
        leader.Win();
        leader.Core.TryRequestRead(out ulong round, out _);
        leader.Collect();
        leader.Step(leader.From(3, MessageKind.HeartbeatResponse) with { ReadRound = round });
        Assert.DoesNotContain(leader.Collect(), static m => m.Kind == MessageKind.ReadIndexResponse);
    }

    [Fact]
    public void Without_a_leader_there_is_no_node_to_ask()
    {
        CoreNode node = CoreNode.Of(1, 3);
        Assert.False(node.Core.TryForwardRead(out _));
        node.Win();
        Assert.False(node.Core.TryForwardRead(out _));
    }

    private static CoreNode Follower()
    {
        CoreNode node = CoreNode.Of(1, 3);
        node.Step(node.From(2, MessageKind.HeartbeatRequest) with { Term = 3 });
        node.Collect();
        return node;
    }
}
