using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>The extremes that the options allow, end to end: whatever is accepted at the start works afterwards.</summary>
public class RaftNodeBoundsTests
{
    [Fact]
    public async Task A_command_of_the_largest_size_fits_the_smallest_queue_that_is_allowed_for_it()
    {
        await using TestCluster cluster = new(1, new InMemoryNetwork().CreateTransport, options => Bounded(options, maxCommandBytes: 16 << 10));
        await cluster.StartAsync();
        string command = new('x', 16 << 10);

        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(i, (await cluster.ProposeAsync(command)).Result);
        }
    }

    [Fact]
    public async Task Everything_at_its_smallest_works_together()
    {
        // Messages of exactly MaxMessageBytes: 30 records of 512 bytes; and a queue that is just four times message and command.
        const int MessageBytes = 15 << 10;
        await using TestCluster cluster = new(3, new InMemoryNetwork(64 << 10).CreateTransport, options => Bounded(
            options, maxMessageBytes: MessageBytes, maxInflightMessages: 1, maxInflightBytes: MessageBytes));
        await cluster.StartAsync();
        string command = new('x', 480);

        await Task.WhenAll(Enumerable.Range(0, 400).Select(_ => cluster.ProposeAsync(command)));
        await cluster.ConvergeAsync();
    }

    [Fact]
    public async Task A_segment_that_holds_hardly_more_than_one_command_works()
    {
        await using TestCluster cluster = new(3, new InMemoryNetwork(64 << 10).CreateTransport, options => Bounded(
            options, maxCommandBytes: 48 << 10, maxInflightBytes: 4 << 10, queueBytes: 256 << 10));
        await cluster.StartAsync();
        string command = new('x', 48 << 10);

        for (int i = 0; i < 5; i++)
        {
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => cluster.ProposeAsync(command)));
        }

        await cluster.ConvergeAsync();
    }

    [Fact]
    public async Task One_operation_at_a_time_is_enough()
    {
        await using TestCluster cluster = new(1, new InMemoryNetwork().CreateTransport, options => Bounded(options, maxInflightProposals: 1));
        await cluster.StartAsync();

        for (int i = 0; i < 50; i++)
        {
            Assert.Equal(i, (await cluster.ProposeAsync("x")).Result);
            await cluster.ReadBarrierAsync();
        }
    }

    [Fact]
    public async Task Reads_beyond_the_bound_are_refused()
    {
        using TemporaryDirectory directory = new();
        using ManualResetEventSlim release = new();
        RaftOptions options = new()
        {
            NodeId = 1,
            Voters = [1],
            ClusterId = Guid.NewGuid(),
            DataDirectory = directory.Sub("1"),
            MaxPendingReads = 1,
        };
        await using RaftNode<int> node = await RaftNode.StartAsync(options, new BlockedState(release), new InMemoryNetwork().CreateTransport(1));
        await node.WaitForLeadershipAsync();
        Task command = node.ProposeAsync(new byte[1]).AsTask();
        await Eventually.True(() => node.Status.CommitIndex > node.Status.AppliedIndex, "the command is committed, and being applied");

        Task first = node.ReadBarrierAsync().AsTask(); // waits for what is committed
        RaftOverloadedException refused = await Assert.ThrowsAsync<RaftOverloadedException>(async () => await node.ReadBarrierAsync());
        Assert.Equal((nameof(RaftOptions.MaxPendingReads), 1), (refused.Bound, refused.Limit));
        release.Set();
        await Task.WhenAll(first, command);
    }

    [Fact]
    public async Task The_largest_command_goes_through_the_smallest_frame_that_holds_it()
    {
        const int FrameBytes = (256 << 10) + 4096;
        Dictionary<ulong, EndPoint> endPoints = FreePorts.EndPoints(3);
        await using TestCluster cluster = new(
            3,
            id => new TcpTransport(new TcpTransportOptions
            {
                ListenEndPoint = (IPEndPoint)endPoints[id],
                Peers = endPoints,
                MaxFrameBytes = FrameBytes,
                MaxPendingBytes = 64 << 10,
            }),
            options => Bounded(options, maxCommandBytes: 256 << 10, segmentSizeBytes: 1 << 20, maxMessageBytes: 256 << 10, queueBytes: 2 << 20));
        await cluster.StartAsync();
        string command = new('x', 256 << 10);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => cluster.ProposeAsync(command)));
        await cluster.ConvergeAsync();
    }

    [Theory]
    [InlineData(4 << 10, 1 << 10, 16 << 10)]
    [InlineData(64 << 10, 64 << 10, 4 << 10)]
    public async Task A_transport_whose_frames_cannot_hold_a_message_is_refused_at_the_start(int frameBytes, int commandBytes, int messageBytes)
    {
        using TemporaryDirectory directory = new();
        TcpTransport transport = new(new TcpTransportOptions
        {
            ListenEndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            Peers = new Dictionary<ulong, EndPoint>(),
            MaxFrameBytes = frameBytes,
        });
        RaftOptions options = new()
        {
            NodeId = 1,
            Voters = [1, 2, 3],
            ClusterId = Guid.NewGuid(),
            DataDirectory = directory.Path,
            MaxCommandBytes = commandBytes,
            MaxMessageBytes = messageBytes,
        };

        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(async () => await RaftNode.StartAsync(options, new ListStateMachine(), transport));

        Assert.Contains("frame", refused.Message, StringComparison.OrdinalIgnoreCase);
    }

    private static RaftOptions Bounded(
        RaftOptions options,
        int maxCommandBytes = 1 << 10,
        int segmentSizeBytes = 64 << 10,
        int maxMessageBytes = 4 << 10,
        int maxInflightMessages = 1,
        int maxInflightBytes = 4 << 10,
        int maxInflightProposals = 4096,
        int queueBytes = 64 << 10) => new()
        {
            NodeId = options.NodeId,
            Voters = options.Voters,
            ClusterId = options.ClusterId,
            DataDirectory = options.DataDirectory,
            SegmentSizeBytes = segmentSizeBytes,
            MaxCommandBytes = maxCommandBytes,
            ProposalQueueBytes = queueBytes,
            MessageQueueBytes = Math.Max(queueBytes, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(4 * (maxMessageBytes + maxCommandBytes)))),
            MaxMessageBytes = maxMessageBytes,
            MaxInflightMessages = maxInflightMessages,
            MaxInflightBytes = maxInflightBytes,
            MaxInflightProposals = maxInflightProposals,
            ElectionTimeout = TimeSpan.FromMilliseconds(500),
        };

    private sealed class BlockedState(ManualResetEventSlim release) : IStateMachine<int>
    {
        public int Apply(in LogEntry entry)
        {
            release.Wait();
            return 0;
        }
    }
}
