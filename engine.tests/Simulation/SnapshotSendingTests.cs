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
    public void A_member_that_is_removed_while_it_is_sent_a_snapshot_keeps_no_other_node_waiting()
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

    // Sending a snapshot takes longer than the log is kept by itself: before it has arrived, the log behind it would be gone, and the next one be due.
    [Fact]
    public void A_follower_catches_up_by_snapshot_while_writes_go_on()
    {
        int found = 0;
        for (ulong seed = 1; found < 2; seed++)
        {
            using SimulatedCluster cluster = new(new SimulationOptions { Seed = seed, Duration = TimeSpan.MaxValue, IsCalm = true });
            Plan plan = cluster.Plan;
            bool isFast = plan.CommandFillerBytes > 200 && plan.MeanThought < TimeSpan.FromMilliseconds(250);
            if (isFast && plan is { SnapshotBytesPerSecond: < 1 << 20, MaxLogBytes: 0, RetainedLogBytes: < 16_000, SnapshotLogBytes: < 30_000 })
            {
                found++;
                CatchUp(cluster);
            }
        }
    }

    private static void CatchUp(SimulatedCluster cluster)
    {
        cluster.Begin();
        Assert.True(cluster.RunUntil(() => cluster.Leader() is { Core.CommitIndex: > 0 }, s_patience));
        NodeLife leader = cluster.Leader()!;
        SimulatedNode behind = cluster.Nodes.First(node => node != leader.Node);
        foreach (SimulatedNode other in cluster.Nodes.Where(other => other != behind))
        {
            cluster.Network.Cut(behind.Id, other.Id);
            cluster.Network.Cut(other.Id, behind.Id);
        }

        Assert.True(cluster.RunUntil(() => leader.Log.FirstIndex > behind.Life!.Log.LastIndex + 1, s_patience));
        cluster.Network.Mend();
        Assert.True(cluster.RunUntil(() => behind.Life!.Core.CommitIndex + 20 > cluster.Leader()?.Core.CommitIndex, TimeSpan.FromSeconds(60)), "it never catches up");
        Assert.Equal(0, cluster.Leader()!.RetentionsGivenUp);
    }

    private static void Change(SimulatedCluster cluster, NodeLife leader, Configuration target)
    {
        Assert.True(cluster.RunUntil(() => leader.ChangeConfiguration(target), s_patience));
        Assert.True(cluster.RunUntil(() => leader.Core.Configuration is var latest && latest.Index <= leader.Core.CommitIndex && !latest.Configuration.IsJoint, s_patience));
    }
}
