using System;
using System.Linq;
using RaftEngine.Protocol;
using RaftEngine.Simulate.Simulation;
using Xunit;

namespace RaftEngine.Tests.Simulation;

/// <summary>Whom a leader sends its snapshot to.</summary>
public sealed class SnapshotSendingTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(20);

    // Found by seed 60156.
    [Fact]
    public void A_member_that_is_removed_while_it_is_sent_a_snapshot_keeps_nobody_else_waiting()
    {
        using SimulatedCluster cluster = new(new SimulationOptions { Seed = 1, Duration = TimeSpan.MaxValue, IsCalm = true });
        cluster.Begin();
        Assert.True(cluster.RunUntil(() => cluster.Leader() is { Log.FirstIndex: > 1 }, s_patience));
        NodeLife leader = cluster.Leader()!;
        Configuration voters = leader.Core.Configuration.Configuration;

        // It is never there.
        Change(cluster, leader, new Configuration([.. voters.Members, new Member(4, MemberRoles.Learner)]));
        cluster.RunUntil(static () => false, TimeSpan.FromSeconds(1));
        SimulatedNode joins = cluster.AddNode(5);
        cluster.Start(joins);
        Change(cluster, leader, new Configuration([.. voters.Members, new Member(5, MemberRoles.Learner)]));

        Assert.True(cluster.RunUntil(() => joins.Life!.Core.CommitIndex > 0, TimeSpan.FromSeconds(5)));
        Assert.Same(leader, cluster.Leader());
    }

    private static void Change(SimulatedCluster cluster, NodeLife leader, Configuration target)
    {
        Assert.True(cluster.RunUntil(() => leader.ChangeConfiguration(target), s_patience));
        Assert.True(cluster.RunUntil(() => leader.Core.Configuration is var latest && latest.Index <= leader.Core.CommitIndex && !latest.Configuration.IsJoint, s_patience));
    }
}
