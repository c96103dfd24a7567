using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>A node counts itself only where the configuration means its own data directory, whatever its log goes through.</summary>
public sealed class IdentityTests
{
    private const ulong Own = 999;
    private const ulong Old = 101;

    /// <summary>Configurations in which number 1 votes, but this directory does not: by what they are.</summary>
    public static readonly Dictionary<string, Configuration> Past = new()
    {
        ["once alone"] = Voters((1, Old)),
        ["a majority with one more"] = Voters((1, Old), (2, 102)),
        ["one of three"] = Voters((1, Old), (2, 102), (3, 103)),
        ["alone, in the old half"] = new Configuration([new Member(1, MemberRoles.OutgoingVoter, Old), new Member(2, MemberRoles.Voter, 102)]),
        ["in both halves"] = new Configuration([new Member(1, MemberRoles.Voter | MemberRoles.OutgoingVoter, Old), new Member(2, MemberRoles.Voter, 102)]),
        ["alone, in the new half"] = new Configuration([new Member(1, MemberRoles.Voter, Old), new Member(2, MemberRoles.OutgoingVoter, 102)]),
        ["alone, before its incarnation was known"] = Voters((1, 0)),
        ["in both halves, before its incarnation was known"] = new Configuration([new Member(1, MemberRoles.Voter | MemberRoles.OutgoingVoter), new Member(2, MemberRoles.Voter)]),
    };

    public static TheoryData<string> PastNames => [.. Past.Keys];

    [Theory]
    [MemberData(nameof(PastNames))]
    public void A_directory_that_joins_does_nothing_in_a_configuration_of_the_past(string past)
    {
        CoreNode node = Joined(Past[past]);
        AssertPassive(node);
        node.Restart(node.Now);
        AssertPassive(node);
    }

    // Thesis §4.2.2: one that the latest configuration leaves out may still be needed; but not under another directory's number.
    [Theory]
    [MemberData(nameof(PastNames))]
    public void Nor_while_a_change_that_leaves_it_out_is_not_committed(string past)
    {
        CoreNode node = Joined(Past[past], Voters((2, 102), (3, 103)));
        AssertPassive(node);
    }

    [Theory]
    [MemberData(nameof(PastNames))]
    public void Nor_behind_a_snapshot_of_the_past(string past)
    {
        CoreNode node = Joined();
        LogItem[] items = [new LogItem(1, 1), new LogItem(1, 2)];
        Message install = node.From(2, MessageKind.InstallSnapshot) with { Term = 1, Index = 2, IndexTerm = 1 };
        Assert.True(node.Step(new Envelope(install, items, Past[past])).ResetLog);
        AssertPassive(node);
    }

    [Theory]
    [MemberData(nameof(PastNames))]
    public void It_stands_for_election_once_its_log_names_it(string past)
    {
        CoreNode node = Joined(Past[past], Voters((1, Own), (2, 102), (3, 103)));
        node.Win();
        Assert.Equal(Role.Leader, node.Core.Role);
        node.Collect();
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = node.Log.LastIndex, Incarnation = 102 });
        Assert.Equal(node.Log.LastIndex, node.Core.CommitIndex);
    }

    // What began the cluster needs no name: its number was never another directory's.
    [Theory]
    [InlineData("alone, before its incarnation was known", true)]
    [InlineData("in both halves, before its incarnation was known", true)]
    [InlineData("once alone", false)]
    [InlineData("in both halves", false)]
    public void A_directory_that_began_the_cluster_counts_where_no_incarnation_is_known(string configuration, bool counts)
    {
        CoreNode node = new(Options(isFounder: true), Voters((1, 0)), new MemoryLog());
        node.Log.Append(new LogItem(1, 0, Past[configuration]));
        node.Log.SyncAll();
        node.Elapse(CoreNode.ElectionTimeout * 5);
        Assert.Equal(counts, node.Core.Role != Role.Follower);
    }

    [Fact]
    public void A_founder_leads_by_the_initial_configuration_and_a_directory_that_joins_does_not()
    {
        CoreNode founder = new(Options(isFounder: true), Voters((1, 0)));
        founder.Elapse(CoreNode.ElectionTimeout * 5);
        Assert.Equal(Role.Leader, founder.Core.Role);
        AssertPassive(new CoreNode(Options(isFounder: false), Voters((1, 0))));
    }

    [Fact]
    public void A_leader_does_not_count_itself_in_a_configuration_that_comes_to_mean_another_directory()
    {
        CoreNode leader = new(Options(isFounder: true), Voters((1, 0), (2, 0), (3, 0)));
        leader.Win();
        leader.Collect();
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 1, Incarnation = 102 });
        leader.Step(leader.From(2, MessageKind.HeartbeatResponse) with { SentAt = leader.Now.Ticks, Incarnation = 102 });
        Assert.Equal(1, leader.Core.CommitIndex);
        Assert.True(leader.Core.TryLeaseRead(leader.Now, out _));
        Assert.Equal(ChangeResult.Accepted, leader.Change(Voters((1, Old), (2, 102), (3, 103))));
        Assert.False(leader.Core.TryLeaseRead(leader.Now, out _)); // it and one more are no majority
        Assert.True(leader.Core.TryRequestRead(out ulong round, out _));
        Message[] sent = [.. leader.Collect()];
        Assert.DoesNotContain(sent, message => message.To == leader.Id);
        leader.Step(leader.From(2, MessageKind.HeartbeatResponse) with { ReadRound = round, Incarnation = 102 });
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 2, Incarnation = 102 });
        Assert.Equal((1L, 0UL), (leader.Core.CommitIndex, leader.Core.ConfirmedReadRound));
        leader.Step(leader.From(3, MessageKind.HeartbeatResponse) with { ReadRound = round, Incarnation = 103 });
        leader.Step(leader.From(3, MessageKind.AppendResponse) with { Index = 2, Incarnation = 103 });
        Assert.Equal((2L, round), (leader.Core.CommitIndex, leader.Core.ConfirmedReadRound));
        leader.Collect();
        Assert.Equal(Role.Follower, leader.Core.Role);
        leader.Elapse(CoreNode.ElectionTimeout * 5);
        Assert.Equal(Role.Follower, leader.Core.Role);
    }

    [Fact]
    public void A_leader_that_hears_one_other_does_not_stay_by_counting_itself_under_another_directory()
    {
        CoreNode leader = new(Options(isFounder: true), Voters((1, 0), (2, 0), (3, 0)));
        leader.Win();
        leader.Collect();
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 1, Incarnation = 102 });
        leader.Change(Voters((1, Old), (2, 102), (3, 103)));
        for (int i = 0; i < 50 && leader.Core.Role == Role.Leader; i++)
        {
            leader.Elapse(CoreNode.HeartbeatInterval);
            leader.Step(leader.From(2, MessageKind.HeartbeatResponse) with { Incarnation = 102 });
            leader.Collect();
        }

        Assert.Equal(Role.Follower, leader.Core.Role);
    }

    // 3 knows nothing but how the cluster began, and no incarnations. The one that it means by number 1 had acknowledged, or voted for, what is lost.
    [Theory]
    [InlineData(false, 0, 0, false)]
    [InlineData(false, 5, 0, true)]
    [InlineData(false, 0, Own, true)]
    [InlineData(true, 0, 0, true)]
    public void A_directory_that_joins_does_not_vote_for_a_candidate_that_means_the_one_that_began(bool isFounder, long configurationIndex, ulong incarnation, bool votes)
    {
        CoreNode node = new(Options(isFounder), Voters((1, 0), (2, 0), (3, 0)));
        foreach (MessageKind kind in (ReadOnlySpan<MessageKind>)[MessageKind.PreVoteRequest, MessageKind.VoteRequest])
        {
            node.Step(node.From(3, kind) with { Term = 7, HintIndex = configurationIndex, Incarnation = incarnation });
            Assert.Equal(votes, node.Collect() is [{ Rejected: false }]);
        }
    }

    [Fact]
    public void A_candidate_says_by_which_configuration_it_counts()
    {
        CoreNode node = new(Options(isFounder: true), Voters((1, 0), (2, 0), (3, 0)), new MemoryLog());
        node.Tick(node.Core.NextDeadline);
        Assert.All(node.Collect(), static request => Assert.Equal((MessageKind.PreVoteRequest, 0L), (request.Kind, request.HintIndex)));
        node.Log.Append(1, 1);
        node.Log.Append(new LogItem(1, 0, Voters((1, Own), (2, 102), (3, 103))));
        node.Tick(node.Core.NextDeadline);
        Assert.All(node.Collect(), static request => Assert.Equal((MessageKind.PreVoteRequest, 2L), (request.Kind, request.HintIndex)));
    }

    [Fact]
    public void The_entry_that_leaves_a_joint_configuration_names_the_voters_that_were_added()
    {
        CoreCluster cluster = new(1, spares: 2, change: static options => options with { Incarnation = options.NodeId + 100, IsFounder = options.NodeId == 1 });
        CoreNode leader = cluster.Lead(1);
        Assert.Equal(ChangeResult.Accepted, leader.Change(new Configuration(1, 2, 3)));
        cluster.Settle();
        Configuration[] entries = [.. leader.Log.Entries.Select(static item => item.Configuration).OfType<Configuration>()];
        Configuration left = entries.First(static configuration => configuration is { IsJoint: false, Voters.Length: 3 });
        Assert.True(left.Members.Count(static member => member.Incarnation != 0) >= 2, "what let it commit the joint configuration it has heard from");
        Assert.Equal([101UL, 102, 103], leader.Configuration.Members.Select(static member => member.Incarnation));
    }

    // One voter adds another directly, and dies before the other has the entry: it is elected by its vote.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_voter_that_is_added_directly_does_not_stop_the_cluster(bool isCutOffBeforeTheChange)
    {
        CoreCluster cluster = new(1, spares: 1, change: static options => options with { Incarnation = options.NodeId + 100, IsFounder = options.NodeId == 1 });
        CoreNode leader = cluster.Lead(1);
        if (isCutOffBeforeTheChange)
        {
            cluster.Stop(2);
            leader.Change(new Configuration(1, 2));
            cluster.Settle();
            cluster.Stop(1);
            cluster.Restart(2);
        }
        else
        {
            leader.SyncsAtOnce = false;
            leader.Change(new Configuration(1, 2));
            leader.Log.SyncAll();
            cluster.Settle();
            cluster.Stop(1); // whatever else it had appended is lost
        }

        cluster.Restart(1);
        leader.SyncsAtOnce = true;
        cluster.Elapse(CoreNode.ElectionTimeout * 10);
        Assert.Equal([101UL, 102], cluster.Leader!.Configuration.Members.Select(static member => member.Incarnation));
        Assert.Equal(cluster[1].Log.Entries, cluster[2].Log.Entries);
    }

    private static Configuration Voters(params (ulong Id, ulong Incarnation)[] voters) =>
        new([.. voters.Select(static voter => new Member(voter.Id, MemberRoles.Voter, voter.Incarnation))]);

    private static CoreOptions Options(bool isFounder) => CoreNode.OptionsOf(1) with { Incarnation = Own, IsFounder = isFounder };

    /// <summary>Node 1, whose number was another directory's before, with the configurations that it has got so far.</summary>
    private static CoreNode Joined(params Configuration[] past)
    {
        MemoryLog log = new();
        CoreNode node = new(Options(isFounder: false), Voters((2, 0), (3, 0)), log);
        foreach (Configuration configuration in past)
        {
            log.Append(1, 1);
            log.Append(new LogItem(1, 0, configuration));
        }

        log.SyncAll();
        node.Restart(default);
        return node;
    }

    private static void AssertPassive(CoreNode node)
    {
        node.Elapse(CoreNode.ElectionTimeout * 20);
        long term = node.Term;
        node.Step(node.From(2, MessageKind.HeartbeatRequest) with { Term = term + 1 });
        node.Collect();
        node.Step(node.From(2, MessageKind.TimeoutNow));
        node.Elapse(CoreNode.ElectionTimeout * 20);
        Assert.Empty(node.Collect());
        Assert.Equal((Role.Follower, term + 1, 0UL), (node.Core.Role, node.Term, node.Core.HardState.Vote));
        Assert.Equal(TimeSpan.MaxValue, node.Core.NextDeadline);
        Assert.False(node.Core.TryLeaseRead(node.Now, out _));
        Assert.False(node.Core.TryRequestRead(out _, out _));
        Assert.Equal(TransferResult.NotLeader, node.Core.TransferLeadership(0));
    }
}
