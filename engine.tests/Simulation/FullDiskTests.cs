using System;
using System.Linq;
using RaftEngine.Protocol;
using RaftEngine.Simulate.Disk;
using RaftEngine.Simulate.Simulation;
using RaftEngine.Snapshots;
using Xunit;

namespace RaftEngine.Tests.Simulation;

/// <summary>What a node with a full disk cannot write down it lets wait, and goes on with the rest.</summary>
public sealed class FullDiskTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);

    private readonly SimulatedCluster _cluster = Calm();

    public FullDiskTests()
    {
        _cluster.Begin();
        Assert.True(_cluster.RunUntil(() => _cluster.Leader() is { Core.CommitIndex: > 0 }, Patience));
    }

    private NodeLife Leader => _cluster.Leader()!;

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void A_follower_whose_disk_is_full_takes_up_a_snapshot_once_there_is_room()
    {
        SimulatedNode follower = _cluster.Nodes.First(node => node != Leader.Node);
        long before = FillBeforeASnapshot(follower);
        NodeLife life = follower.Life!;
        _cluster.RunUntil(static () => false, TimeSpan.FromSeconds(5));
        Assert.Same(life, follower.Life);
        Assert.Equal(before, life.Log.LastIndex);

        follower.Disk.Room = long.MaxValue;
        Assert.True(_cluster.RunUntil(() => life.Log.LastIndex >= Leader.Core.CommitIndex && life.AppliedIndex == life.Core.CommitIndex, Patience));
        Assert.Same(life, follower.Life);
    }

    // The agenda throws if it spins.
    [Fact]
    public void A_follower_that_has_a_snapshot_and_no_room_rests_while_it_knows_of_no_leader()
    {
        SimulatedNode follower = _cluster.Nodes.First(node => node != Leader.Node);
        long before = FillBeforeASnapshot(follower);
        NodeLife life = follower.Life!;
        CutOff(follower);

        Assert.True(_cluster.RunUntil(() => life.Core.LeaderId == 0, Patience));
        _cluster.RunUntil(static () => false, TimeSpan.FromSeconds(20));

        Assert.Same(life, follower.Life);
        Assert.Equal(before, life.Log.LastIndex);
    }

    // A configuration goes into what commands leave of a full log.
    [Fact]
    public void A_leader_leads_on_while_all_disks_are_full_and_promotes_a_learner()
    {
        SimulatedNode joins = _cluster.AddNode(4);
        _cluster.Start(joins);
        CutOff(joins);
        Assert.True(_cluster.RunUntil(() => _cluster.Leader()?.ChangeConfiguration(WithLearner(Leader.Core.Configuration.Configuration)) == true, Patience));
        FillDisks();
        NodeLife[] lives = [.. _cluster.Nodes.Select(static node => node.Life!)];
        long committed = Leader.Core.CommitIndex;

        _cluster.Network.Mend();
        Assert.True(_cluster.RunUntil(() => _cluster.Leader()?.Core.Configuration.Configuration is { IsJoint: false } latest && latest.IsVoter(4), Patience));
        Assert.All(lives, static life => Assert.True(life.IsAlive));
        Assert.InRange(Leader.Core.CommitIndex, committed, committed + 50);

        foreach (SimulatedNode node in _cluster.Nodes)
        {
            node.Disk.Room = long.MaxValue;
        }

        Assert.True(_cluster.RunUntil(() => _cluster.Leader()?.Core.CommitIndex > committed + 200, Patience));
    }

    [Fact]
    public void A_leader_whose_disk_is_full_hands_over_to_a_node_with_room()
    {
        NodeLife leader = Leader;
        leader.Node.Disk.Room = leader.Node.Disk.UsedBytes;
        Assert.True(_cluster.RunUntil(() => _cluster.Leader() is { } next && next != leader, Patience));
        long committed = Leader.Core.CommitIndex;
        Assert.True(leader.IsAlive);
        Assert.True(_cluster.RunUntil(() => _cluster.Leader()?.Core.CommitIndex > committed + 1000, Patience));
        Assert.NotEqual(leader, Leader);
    }

    private void FillDisks()
    {
        foreach (SimulatedNode node in _cluster.Nodes)
        {
            node.Disk.Room = node.Id == 4 ? node.Disk.Room : node.Disk.UsedBytes;
        }

        Assert.True(_cluster.RunUntil(() => _cluster.Leader() is { Core.HasMajorityRoom: false }, Patience));
        _cluster.RunUntil(static () => false, TimeSpan.FromSeconds(5));
    }

    // One with segments so large that the next one is not prepared long before it is needed, and with commands so small that a full log has no room for a configuration.
    private static SimulatedCluster Calm()
    {
        for (ulong seed = 1; ; seed++)
        {
            SimulatedCluster cluster = new(new SimulationOptions { Seed = seed, Duration = TimeSpan.MaxValue, IsCalm = true });
            if (cluster.Plan is { SegmentBytes: 64 << 10, CommandFillerBytes: < 50 })
            {
                return cluster;
            }

            cluster.Dispose();
        }
    }

    // A follower that was away for so long that it needs a snapshot gets room for that, and none for another segment.
    private long FillBeforeASnapshot(SimulatedNode follower)
    {
        CutOff(follower);
        NodeLife life = follower.Life!;
        Assert.True(_cluster.RunUntil(() => Leader.Log.FirstIndex > life.Log.LastIndex + 1, Patience));
        DiskImage leaders = Leader.Node.Disk.Image;
        int snapshotBytes = leaders.FileOf(leaders.Names.Keys.Last(static name => name.EndsWith(SnapshotFormat.Extension, StringComparison.Ordinal))).Length;
        follower.Disk.Room = follower.Disk.UsedBytes + snapshotBytes + (_cluster.Plan.SegmentBytes / 2);
        long before = life.Log.LastIndex;
        _cluster.Network.Mend();
        Assert.True(_cluster.RunUntil(() => follower.Life != life || life.IsLogFull, Patience));
        return before;
    }

    private static Configuration WithLearner(Configuration now) => new([.. now.Members, new Member(4, MemberRoles.Learner | MemberRoles.Promotable)]);

    private void CutOff(SimulatedNode node)
    {
        foreach (SimulatedNode other in _cluster.Nodes.Where(other => other != node))
        {
            _cluster.Network.Cut(node.Id, other.Id);
            _cluster.Network.Cut(other.Id, node.Id);
        }
    }
}
