using System;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;
using Xunit.Abstractions;

namespace RaftEngine.Tests;

/// <summary>
/// What a leader holds for a follower that needs a snapshot is bounded by its options, however large the state, however slow the follower, however many commands come meanwhile.
/// </summary>
public sealed class RaftNodeCatchUpTests(ITestOutputHelper output)
{
    private const int MessageBytes = 16 << 10;
    private const int InflightBytes = 48 << 10;
    private const ulong Away = 3;

    [Fact]
    public async Task A_leader_holds_one_message_at_a_time_for_a_follower_that_comes_back_by_snapshot()
    {
        InMemoryNetwork network = new();
        WireWatch watch = new(Away);
        await using TestCluster cluster = new(3, id => watch.Watch(network.CreateTransport(id)), static options => options with
        {
            SegmentSizeBytes = 64 << 10,
            MaxCommandBytes = 4 << 10,
            SnapshotLogBytes = 512 << 10,
            RetainedLogBytes = 32 << 10,
            MaxMessageBytes = MessageBytes,
            MaxInflightBytes = InflightBytes,
            ElectionTimeout = TimeSpan.FromSeconds(2), // a busy machine makes no other leader in the middle of it
        });
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        if (leader.Status.NodeId == Away)
        {
            await cluster.HandOverAsync(Away, 1);
            leader = await cluster.LeaderAsync();
        }

        await cluster.ProposeAsync("before");
        await cluster.Nodes[Away].DisposeAsync();
        long left = cluster.Nodes[Away].Status.LastIndex;
        cluster.Nodes.Remove(Away);
        while (leader.Status.FirstIndex <= left + 1)
        {
            await ProposeAsync(leader, 20);
        }

        watch.Reset();
        using CancellationTokenSource stop = new();
        Task load = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await ProposeAsync(leader, 3);
            }
        });
        RaftNode<int> back = await cluster.StartAsync(Away);
        await Eventually.True(() => back.Status.AppliedIndex > left && back.Status.SnapshotIndex > left, () => $"it has come back by snapshot: {back.Status}");
        await stop.CancelAsync();
        await load;
        await cluster.ConvergeAsync();

        output.WriteLine($"{watch.Pieces} messages of pieces; most bytes: {watch.MostWithPieces} with pieces, {watch.Most} at all");
        Assert.True(watch.Pieces.Sent > 20, $"{watch.Pieces} messages");

        // A message is repeated after a second without an answer: then both may be on their way.
        Assert.InRange(watch.MostWithPieces, 1, (1 + watch.Pieces.Repeated) * MessageBytes);
        Assert.InRange(watch.Most, 1, InflightBytes + ((1 + watch.Pieces.Repeated) * MessageBytes));
        Assert.True(cluster.StateMachines[Away].Applied < cluster.StateMachines[Away].Commands.Length - 1000, "most of it came with the snapshot");
    }

    private static Task<Applied<int>[]> ProposeAsync(RaftNode<int> leader, int count) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => leader.ProposeAsync(Encoding.UTF8.GetBytes(new string('x', 400))).AsTask()));
}
