using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using RaftEngine.Diagnostics;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>Events of a node, waits for an applied index, and snapshots on demand.</summary>
public sealed class RaftNodeEventTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly InMemoryNetwork _network = new();

    [Fact]
    public async Task Roles_leaders_members_snapshots_and_the_stop_are_told_in_order()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        ulong id = leader.Status.NodeId;
        ulong next = cluster.Ids.First(other => other != id);
        ConcurrentQueue<RaftEvent> told = new();
        Task reading = ReadAsync(leader, told);
        await cluster.ProposeAsync("one");
        await leader.TakeSnapshotAsync().AsTask().WaitAsync(Patience);
        await Eventually.True(() => Kinds(told).Contains(RaftEventKind.SnapshotChanged), "the snapshot is told");
        await cluster.HandOverAsync(id, next);
        await Eventually.True(() => told.Any(happened => happened.Kind == RaftEventKind.LeaderChanged && happened.Status.LeaderId == next), "the new leader is told");
        await leader.DisposeAsync();
        await reading.WaitAsync(Patience);

        RaftEvent[] all = [.. told];
        RaftEvent stepDown = all.First(static happened => happened.Kind == RaftEventKind.RoleChanged);
        Assert.NotEqual(RaftRole.Leader, stepDown.Status.Role);
        Assert.True(Array.FindIndex(all, static happened => happened.Kind == RaftEventKind.SnapshotChanged) < Array.IndexOf(all, stepDown));
        Assert.Equal(RaftEventKind.Stopped, all[^1].Kind);
        Assert.Null(all[^1].Status.Failure);
        Assert.All(all, static happened => Assert.Equal(0, happened.Dropped));
    }

    [Fact]
    public async Task Changed_members_are_told()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        ConcurrentQueue<RaftEvent> told = new();
        Task reading = ReadAsync(leader, told);
        ulong removed = cluster.Ids.First(other => other != leader.Status.NodeId);
        await Eventually.True(() => leader.Status.Configuration!.Members.All(static member => member.Incarnation != 0), "all are known");
        Configuration target = new([.. leader.Status.Configuration!.Members.Where(member => member.NodeId != removed)]);
        await leader.ChangeMembersAsync(target).AsTask().WaitAsync(Patience);

        await Eventually.True(
            () => told.Any(static happened => happened.Kind == RaftEventKind.MembersChanged && happened.Status.Configuration!.Members.Length == 2),
            "the change is told");
        await leader.DisposeAsync();
        await reading.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_failure_is_told_with_its_cause()
    {
        await using TestCluster cluster = new(1, _network.CreateTransport);
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        ConcurrentQueue<RaftEvent> told = new();
        Task reading = ReadAsync(node, told);
        await Record.ExceptionAsync(() => node.ProposeAsync("poison"u8).AsTask().WaitAsync(Patience));
        await reading.WaitAsync(Patience);

        Assert.IsType<StateMachineFailedException>(told.Last().Status.Failure);
        await foreach (RaftEvent late in node.ReadEventsAsync())
        {
            Assert.Fail($"{late.Kind} after the end");
        }
    }

    [Fact]
    public void A_reader_that_is_too_slow_is_told_how_many_events_were_dropped()
    {
        EventStreams streams = new();
        ChannelReader<RaftEvent> slow = streams.Open();
        for (int i = 0; i < EventStreams.Capacity + 76; i++)
        {
            streams.Publish(new RaftStatus { SnapshotIndex = i }, new RaftStatus { SnapshotIndex = i + 1 });
        }

        for (int i = 0; i < EventStreams.Capacity; i++)
        {
            Assert.True(slow.TryRead(out RaftEvent? happened));
            Assert.Equal((RaftEventKind.SnapshotChanged, i + 1, 0), (happened.Kind, happened.Status.SnapshotIndex, happened.Dropped));
        }

        streams.Publish(new RaftStatus(), new RaftStatus { IsLogFull = true });
        Assert.True(slow.TryRead(out RaftEvent? next));
        Assert.Equal((RaftEventKind.LogFull, 76), (next.Kind, next.Dropped));
        Assert.False(slow.TryRead(out _));
    }

    [Fact]
    public async Task A_wait_for_an_index_ends_when_it_is_applied_on_that_node()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        for (int i = 0; i < 30; i++)
        {
            long index = (await leader.ProposeAsync(Encoding.UTF8.GetBytes($"{i}"))).Index;
            foreach (RaftNode<int> node in cluster.Nodes.Values)
            {
                await node.WaitForAppliedAsync(index).WaitAsync(Patience);
                Assert.Equal($"{i}", cluster.StateMachines[node.Status.NodeId].Commands[i]);
            }
        }

        using CancellationTokenSource source = new();
        Task future = leader.WaitForAppliedAsync(1_000_000, source.Token);
        Task stopped = leader.WaitForAppliedAsync(1_000_000);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => future.WaitAsync(Patience));
        await leader.DisposeAsync();
        await Assert.ThrowsAsync<RaftStoppedException>(() => stopped.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_state_machine_without_snapshots_says_that_it_takes_none()
    {
        using TemporaryDirectory directory = new();
        RaftOptions options = new() { NodeId = 1, Voters = [1], ClusterId = Guid.NewGuid(), DataDirectory = directory.Path };
        await using RaftNode<long> node = await RaftNode.StartAsync(options, new GatedStateMachine(), _network.CreateTransport(1));
        NotSupportedException refusal = Assert.Throws<NotSupportedException>(() => { _ = node.TakeSnapshotAsync().AsTask(); });
        Assert.Contains("ISnapshotStateMachine", refusal.Message, StringComparison.Ordinal);
    }

    private static RaftEventKind[] Kinds(ConcurrentQueue<RaftEvent> told) => [.. told.Select(static happened => happened.Kind)];

    private static async Task ReadAsync(RaftNode<int> node, ConcurrentQueue<RaftEvent> told)
    {
        await foreach (RaftEvent happened in node.ReadEventsAsync())
        {
            told.Enqueue(happened);
        }
    }
}
