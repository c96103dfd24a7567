using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>What moves a node's term, vote, leader and configuration: steps of a member's protocol and nothing else.</summary>
public sealed class ForeignTermTests
{
    private const long OwnTerm = 7;
    private const ulong Leader = 2;
    private const ulong OtherVoter = 3;
    private const ulong Learner = 4;
    private const ulong Outgoing = 5;
    private const ulong Wiped = 6; // a member, but another directory answers under its number
    private const ulong Outsider = 9;
    private const ulong WrongIncarnation = 999;
    private const long Epoch = 1L << 32;

    private static readonly long[] s_terms =
    [
        OwnTerm - 1, OwnTerm, OwnTerm + 1, OwnTerm + Terms.LongestJumpUnderLeader, OwnTerm + Terms.LongestJumpUnderLeader + 1, OwnTerm + 1000,
        OwnTerm + Terms.LongestJump, OwnTerm + Terms.LongestJump + 1, (1L << 31) + 1, uint.MaxValue,
        Epoch, Epoch + Terms.LongestJump, Epoch + Terms.LongestJump + 1, Terms.MostRecoveriesMissed * Epoch, (Terms.MostRecoveriesMissed + 1) * Epoch,
        (1L << 62) - 1, long.MaxValue - 1, long.MaxValue,
    ];

    public static TheoryData<MessageKind> Kinds => [.. Enum.GetValues<MessageKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void While_a_known_leader_is_heard_a_follower_learns_terms_only_from_members_and_step_by_step(MessageKind kind) => Try(Follower, kind, (sender, term) =>
        IsNear(term) && (IsLeaders(kind) ? sender is not (Learner or Outsider) : IsAnswer(kind) && sender != Outsider && sender != Wiped));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_leader_learns_terms_only_from_members_and_step_by_step(MessageKind kind) => Try(LeaderNode, kind, (sender, term) =>
        IsNear(term) && (IsLeaders(kind) ? sender is not (Learner or Outsider) : IsAnswer(kind) && sender != Outsider && sender != Wiped));

    // The configuration may be the one that is behind, so a node that hears from no leader takes a term from any that leads or stands in it.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Without_a_leader_a_node_believes_every_term_within_reach_and_no_other(MessageKind kind) => Try(Silent, kind, (sender, term) =>
        IsWithinReach(term) && (IsLeaders(kind) || kind == MessageKind.VoteRequest || (IsAnswer(kind) && term < Epoch && sender != Outsider && sender != Wiped)));

    [Fact]
    public void A_lagging_node_comes_to_follow_a_leader_that_it_does_not_know_once_its_own_is_silent()
    {
        CoreNode node = Follower();
        Message heartbeat = node.From(Outsider, MessageKind.HeartbeatRequest) with { Term = OwnTerm + 1 };
        node.Step(heartbeat);
        Assert.Equal(Leader, node.Core.LeaderId);
        node.Now += CoreNode.ElectionTimeout - TimeSpan.FromTicks(1);
        node.Step(heartbeat);
        Assert.Equal(Leader, node.Core.LeaderId);
        node.Now += TimeSpan.FromTicks(1);
        node.Step(heartbeat);
        Assert.Equal((Outsider, OwnTerm + 1), (node.Core.LeaderId, node.Term));
    }

    [Fact]
    public void A_new_node_believes_any_age_of_a_cluster_but_no_term_that_was_never_elected()
    {
        (long Term, bool Believed)[] terms =
            [(1L << 31, true), ((3 * Epoch) + (1L << 31), true), ((1L << 31) + 1, false), (Epoch - 1, false), (long.MaxValue - 1, false)];
        foreach ((long term, bool believed) in terms)
        {
            CoreNode node = CoreNode.Of(1, 3);
            node.Step(node.From(2, MessageKind.HeartbeatRequest) with { Term = term });
            Assert.Equal(believed ? term : 0, node.Term);
            Assert.Equal(believed ? Contradiction.None : Contradiction.TermOutOfReach, node.Core.Contradiction);
        }
    }

    [Fact]
    public void A_second_leader_of_a_term_changes_nothing_unless_it_is_the_one_that_the_configuration_knows()
    {
        foreach (MessageKind kind in new[] { MessageKind.HeartbeatRequest, MessageKind.AppendRequest, MessageKind.InstallSnapshot })
        {
            foreach (ulong sender in new[] { OtherVoter, Learner, Outsider })
            {
                foreach (CoreNode node in new[] { Follower(), LeaderNode() })
                {
                    ulong before = node.Core.LeaderId;
                    node.Step(node.From(sender, kind) with { Commit = 1 << 20 });
                    Assert.Equal((before, Contradiction.SecondLeader), (node.Core.LeaderId, node.Core.Contradiction));
                }
            }

            CoreNode lagging = Silent();
            lagging.Step(lagging.From(Outsider, MessageKind.HeartbeatRequest));
            Assert.Equal(Outsider, lagging.Core.LeaderId);
            lagging.Step(lagging.From(OtherVoter, kind));
            Assert.Equal((OtherVoter, Contradiction.None), (lagging.Core.LeaderId, lagging.Core.Contradiction));
        }
    }

    [Fact]
    public void A_leader_that_the_configuration_does_not_know_is_left_instead_of_believed_when_it_disputes_what_is_committed()
    {
        foreach (Func<CoreNode, Message> dispute in new Func<CoreNode, Message>[]
        {
            static node => node.From(Outsider, MessageKind.HeartbeatRequest) with { Commit = 1000 },
            static node => node.From(Outsider, MessageKind.AppendRequest) with { Index = 1, IndexTerm = 3, LastIndex = 1 },
            static node => node.From(Outsider, MessageKind.AppendRequest) with { Index = 0, LastIndex = 1, EntryTerm = 3 },
        })
        {
            CoreNode node = Silent(committed: true);
            node.Step(dispute(node));
            Assert.Equal((Contradiction.DisputesCommittedEntry, 0UL, 1L), (node.Core.Contradiction, node.Core.LeaderId, node.Core.CommitIndex));

            CoreNode stopped = Silent(committed: true);
            Message byVoter = dispute(stopped) with { From = OtherVoter };
            Assert.Throws<CommittedEntriesLostException>(() => stopped.Step(byVoter));
        }
    }

    [Fact]
    public void Messages_that_no_log_can_be_the_ground_of_change_nothing()
    {
        foreach (Message impossible in new Message[]
        {
            new() { Kind = MessageKind.VoteRequest, Term = OwnTerm + 1, IndexTerm = OwnTerm + 1, Index = 100 },
            new() { Kind = MessageKind.PreVoteRequest, Term = OwnTerm + 1, IndexTerm = OwnTerm + 2, Index = 100 },
            new() { Kind = MessageKind.AppendRequest, Term = OwnTerm, Index = 5, LastIndex = 4 },
            new() { Kind = MessageKind.AppendRequest, Term = OwnTerm, Index = 5, LastIndex = 5, IndexTerm = OwnTerm + 1 },
            new() { Kind = MessageKind.AppendRequest, Term = OwnTerm, Index = 0, LastIndex = 1, EntryTerm = OwnTerm + 1 },
            new() { Kind = MessageKind.AppendRequest, Term = OwnTerm, Index = 1, IndexTerm = 3, LastIndex = 2, EntryTerm = 2 },
        })
        {
            CoreNode node = Silent();
            node.Step(impossible with { From = OtherVoter, To = node.Id });
            Assert.Equal(Contradiction.ImpossibleLog, node.Core.Contradiction);
            Assert.Equal((new HardState(OwnTerm, 0), 0UL), (node.Core.HardState, node.Core.LeaderId));
            Assert.Empty(node.Collect());
        }
    }

    [Fact]
    public void An_acknowledgment_of_what_the_leader_does_not_have_is_a_contradiction()
    {
        CoreNode node = LeaderNode();
        node.Step(node.From(OtherVoter, MessageKind.AppendResponse) with { Index = node.Log.LastIndex + 1 });
        Assert.Equal(Contradiction.AcknowledgesMissingEntry, node.Core.Contradiction);
    }

    // Thesis §3.10: only the leader's order breaks the silence towards candidates.
    [Theory]
    [InlineData(OtherVoter, OwnTerm + 1, OwnTerm, 1, true)]
    [InlineData(Learner, OwnTerm + 1, OwnTerm, 1, false)]
    [InlineData(Outsider, OwnTerm + 1, OwnTerm, 1, false)]
    [InlineData(OtherVoter, OwnTerm + 2, OwnTerm, 1, false)]
    [InlineData(OtherVoter, OwnTerm + 1000, OwnTerm + 999, 1, false)]
    [InlineData(OtherVoter, OwnTerm + 1, OwnTerm - 1, 1, false)] // has nothing of this leader's
    [InlineData(OtherVoter, OwnTerm + 1, OwnTerm, 0, false)]     // lacks what this node has
    public void Only_the_target_of_a_transfer_can_have_been_told_to_stand(ulong sender, long term, long lastTerm, long lastIndex, bool believed)
    {
        CoreNode node = Follower(committed: true);
        node.Step(node.From(sender, MessageKind.VoteRequest) with { Term = term, IsTransfer = true, Index = lastIndex, IndexTerm = lastTerm });
        Assert.Equal(believed ? term : OwnTerm, node.Term);
        Assert.Equal(believed ? 0 : Leader, node.Core.LeaderId);
    }

    [Fact]
    public void A_leader_believes_an_order_to_stand_only_if_it_has_given_one()
    {
        CoreNode node = LeaderNode();
        Message request = node.From(OtherVoter, MessageKind.VoteRequest) with { Term = node.Term + 1, IsTransfer = true, Index = node.Log.LastIndex, IndexTerm = node.Term };
        node.Step(request);
        Assert.Equal(Role.Leader, node.Core.Role);
        node.Step(node.From(OtherVoter, MessageKind.AppendResponse) with { Index = node.Log.LastIndex });
        node.Core.TransferLeadership(OtherVoter);
        Assert.Contains(node.Collect(), static message => message.Kind == MessageKind.TimeoutNow);
        node.Step(request);
        Assert.Equal(Role.Follower, node.Core.Role);
    }

    [Fact]
    public void Only_the_leader_answers_a_read()
    {
        CoreNode node = Follower();
        Assert.True(node.Core.TryForwardRead(out ulong number));
        node.Collect();
        foreach (ulong sender in new[] { OtherVoter, Learner, Outsider })
        {
            node.Step(node.From(sender, MessageKind.ReadIndexResponse) with { ReadRound = number, Index = 1 });
            Assert.NotEqual(number, node.Core.AnsweredReadNumber);
        }

        node.Step(node.From(Leader, MessageKind.ReadIndexResponse) with { ReadRound = number, Index = 1 });
        Assert.Equal(number, node.Core.AnsweredReadNumber);
    }

    [Fact]
    public void What_a_deposed_leader_waited_for_does_not_keep_stale_reads_waiting()
    {
        CoreNode node = Follower(committed: true);
        node.Step(node.From(Leader, MessageKind.HeartbeatRequest) with { Index = 1000 });
        node.Now += CoreNode.ElectionTimeout;
        node.Step(node.From(OtherVoter, MessageKind.HeartbeatRequest) with { Term = OwnTerm + 1, Index = 1 });
        node.Step(node.From(OtherVoter, MessageKind.HeartbeatRequest) with { Index = 1 });
        Assert.True(node.Core.TryStaleRead(TimeSpan.Zero, node.Now, out _));
    }

    private static bool IsLeaders(MessageKind kind) => kind is MessageKind.AppendRequest or MessageKind.HeartbeatRequest or MessageKind.InstallSnapshot;

    private static bool IsAnswer(MessageKind kind) => kind is MessageKind.AppendResponse or MessageKind.HeartbeatResponse or MessageKind.VoteResponse
        or MessageKind.PreVoteResponse or MessageKind.ReadIndexRequest;

    private static bool IsNear(long term) => term <= OwnTerm + 64;

    private static bool IsWithinReach(long term) =>
        term <= OwnTerm + (1 << 20) || (term % Epoch <= 1 << 20 && term >= Epoch && term / Epoch <= 1024);

    private static void Try(Func<CoreNode> make, MessageKind kind, Func<ulong, long, bool> moves)
    {
        foreach (ulong sender in new[] { Leader, OtherVoter, Learner, Outgoing, Wiped, Outsider })
        {
            foreach (long term in s_terms)
            {
                CoreNode node = make();
                (HardState state, ulong leader, Role role, LoggedConfiguration configuration) = (node.Core.HardState, node.Core.LeaderId, node.Core.Role, node.Core.Configuration);
                Message message = node.From(sender, kind) with
                {
                    Term = term,
                    Rejected = kind is MessageKind.AppendResponse or MessageKind.PreVoteResponse,
                    Incarnation = sender == Wiped && IsAnswer(kind) ? WrongIncarnation : 0,
                };
                node.Step(message);
                node.Collect();
                bool mayMove = term > OwnTerm && moves(sender, term);
                bool isEqual = term == OwnTerm && (leader == 0 || leader == sender); // its own leader's, or news of who leads
                bool isOrder = isEqual && leader != 0 && kind == MessageKind.TimeoutNow;
                Assert.Equal((sender, term, mayMove ? term : isOrder ? OwnTerm + 1 : OwnTerm), (sender, term, node.Term));
                Assert.Equal(configuration, node.Core.Configuration);
                if (!mayMove && !isEqual)
                {
                    Assert.Equal((sender, term, state, leader, role), (sender, term, node.Core.HardState, node.Core.LeaderId, node.Core.Role));
                }
            }
        }
    }

    private static Configuration Members() => new(
    [
        new Member(1, MemberRoles.Voter | MemberRoles.OutgoingVoter), new Member(Leader, MemberRoles.Voter | MemberRoles.OutgoingVoter),
        new Member(OtherVoter, MemberRoles.Voter), new Member(Learner, MemberRoles.Learner), new Member(Outgoing, MemberRoles.OutgoingVoter),
        new Member(Wiped, MemberRoles.Voter, 606),
    ]);

    private static CoreNode Silent() => Silent(committed: false);

    private static CoreNode Silent(bool committed)
    {
        MemoryLog log = new();
        if (committed)
        {
            log.Append(OwnTerm, 1);
        }

        CoreNode node = new(CoreNode.OptionsOf(1), Members(), log, new HardState(OwnTerm, 0));
        node.OutlastSilence();
        if (committed)
        {
            node.Collect(); // which syncs
            node.Step(node.From(Outsider, MessageKind.HeartbeatRequest) with { Commit = 1 });
            node = new CoreNode(node.Options with { SnapshotIndex = 1 }, Members(), log, new HardState(OwnTerm, 0));
            node.OutlastSilence();
        }

        return node;
    }

    private static CoreNode Follower() => Follower(committed: false);

    private static CoreNode Follower(bool committed)
    {
        CoreNode node = Silent(committed);
        node.Step(node.From(Leader, MessageKind.HeartbeatRequest));
        node.Collect();
        return node;
    }

    private static CoreNode LeaderNode()
    {
        CoreNode node = new(CoreNode.OptionsOf(1), Members(), null, new HardState(OwnTerm - 1, 0));
        node.Tick(node.Core.NextDeadline);
        foreach (MessageKind kind in new[] { MessageKind.PreVoteResponse, MessageKind.VoteResponse })
        {
            node.Collect();
            foreach (ulong voter in new[] { Leader, OtherVoter, Outgoing })
            {
                node.Step(node.From(voter, kind) with { Term = OwnTerm });
            }
        }

        Assert.Equal((Role.Leader, OwnTerm), (node.Core.Role, node.Term));
        node.Collect();
        return node;
    }
}
