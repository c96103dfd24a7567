using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using RaftEngine.Tests.Transport;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Host;

/// <summary>What a host does wrong around a node: the node serves, or stops with the cause. A row for each site;
/// docs/operations.md has the table.</summary>
public sealed class MisbehavingHostTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();
    private readonly ListLogger _logger = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(LoggerFault.Log)]
    [InlineData(LoggerFault.IsEnabled)]
    [InlineData(LoggerFault.BeginScope)]
    [InlineData(LoggerFault.Everything)]
    public async Task A_logger_that_throws_is_as_good_as_none(LoggerFault fault)
    {
        FaultyLogger logger = new(fault);
        Dictionary<ulong, EndPoint> endPoints = FreePorts.EndPoints(3);
        TestCluster cluster = new(
            3,
            id => new TcpTransport(new TcpTransportOptions { ListenEndPoint = (IPEndPoint)endPoints[id], Peers = endPoints, Logger = logger }),
            logger: logger);
        await cluster.StartAsync();
        await cluster.ProposeAsync("one");
        ulong follower = (await cluster.LeaderAsync()).Status.NodeId % 3 + 1;

        // Lost links are told of, and dialed again; a refused connection is told of, and others are accepted.
        await cluster.Nodes[follower].AbortAsync();
        await cluster.ProposeAsync("two");
        using (RawPeer stranger = await RawPeer.DialAsync(endPoints[follower % 3 + 1]))
        {
            await stranger.SendAsync(new byte[256]);
            await stranger.ClosedAsync();
        }

        await cluster.StartAsync(follower);
        await cluster.ProposeAsync("three");
        await Eventually.True(() => cluster.StateMachines[follower].Commands.Length >= 3, "the follower is reached again");
        await cluster.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.True(logger.Thrown > 0 || fault == LoggerFault.BeginScope);
        Assert.All(cluster.Nodes.Values, static node => Assert.Null(node.Completion.Exception));
    }

    [Theory]
    [InlineData("proposal", false, false)]
    [InlineData("proposal", false, true)]
    [InlineData("proposal", true, false)]
    [InlineData("read", false, false)]
    [InlineData("read", true, false)]
    [InlineData("change", false, false)]
    [InlineData("change", true, false)]
    [InlineData("aborted proposal", false, false)]
    public async Task A_continuation_that_throws_is_told_and_costs_nothing(string what, bool onPool, bool appliesInline)
    {
        using Gated gated = await StartGatedAsync(options => options with { RunContinuationsAsynchronously = onPool, ApplyInline = appliesInline });
        RaftNode<long> node = gated.Node;
        long before = node.Status.CommitIndex;
        Task<Applied<long>> first = node.ProposeAsync(new byte[1]).AsTask(); // holds up whatever comes behind it
        await Eventually.True(() => node.Status.CommitIndex > before, "it is committed");
        Action throws = static () => throw new InvalidOperationException("The continuation throws.");
#pragma warning disable CA2012, xUnit1030 // A continuation of this kind, off any context, is what is tested.
        if (what == "read")
        {
            node.ReadBarrierAsync().ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(throws);
        }
        else if (what == "change")
        {
            Member learner = new(2, MemberRoles.Learner);
            Configuration target = new([new Member(1, MemberRoles.Voter), learner]);
            node.ChangeMembersAsync(target).ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(throws);
        }
        else
        {
            node.ProposeAsync(new byte[1]).ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(throws);
        }
#pragma warning restore CA2012, xUnit1030

        if (what == "aborted proposal")
        {
            Task end = node.AbortAsync().AsTask();
            gated.StateMachine.Gate.Set();
            await end.WaitAsync(Patience);
            _ = await Record.ExceptionAsync(() => first);
        }
        else
        {
            gated.StateMachine.Gate.Set();
            await first.WaitAsync(Patience);
            await node.ProposeAsync(new byte[1]).AsTask().WaitAsync(Patience);
            Assert.Equal(RaftRole.Leader, node.Status.Role);
            await node.DisposeAsync().AsTask().WaitAsync(Patience);
        }

        Assert.Null(node.Completion.Exception);
        await Eventually.True(() => _logger.Lines(1044).Count == 1, "it is told");
    }

    [Fact]
    public async Task A_listener_of_meters_that_throws_costs_the_metrics()
    {
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, _) =>
            {
                // Of this test's node alone: other tests run meanwhile.
                if (instrument.Meter.Name == "RaftEngine" && new List<KeyValuePair<string, object?>>(instrument.Meter.Tags!).Contains(new("raft.group.id", 4711L)))
                {
                    throw new InvalidOperationException("The listener throws.");
                }
            },
        };
        listener.Start();

        using Gated gated = await StartGatedAsync(static options => options with { GroupId = 4711 });

        gated.StateMachine.Gate.Set();
        await gated.Node.ProposeAsync(new byte[1]).AsTask().WaitAsync(Patience);
        await gated.Node.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.Single(_logger.Lines(1046));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Interrupted_callers_do_not_break_the_node(bool whileTheyWait, bool appliesInline)
    {
        using Gated gated = await StartGatedAsync(options => options with { ApplyInline = appliesInline, RunContinuationsAsynchronously = false });
        gated.StateMachine.Gate.Set();
        RaftNode<long> node = gated.Node;
        int interrupts = 0;
        void Propose()
        {
            for (int i = 0; i < 100; i++)
            {
                try
                {
                    if (!whileTheyWait)
                    {
                        Thread.CurrentThread.Interrupt();
                    }

                    node.ProposeAsync(new byte[1]).AsTask().Wait();
                }
                catch (ThreadInterruptedException)
                {
                    Interlocked.Increment(ref interrupts);
                }
            }
        }

        Thread[] callers = [new(Propose), new(Propose), new(Propose)];
        Array.ForEach(callers, static caller => caller.Start());
        while (whileTheyWait && Array.Exists(callers, static caller => caller.IsAlive))
        {
            Array.ForEach(callers, static caller => caller.Interrupt());
            await Task.Delay(1);
        }

        await Task.Run(() => Array.ForEach(callers, static caller => caller.Join())).WaitAsync(Patience);
        await node.ProposeAsync(new byte[1]).AsTask().WaitAsync(Patience);
        Assert.NotEqual(0, interrupts);
        Assert.Equal(RaftRole.Leader, node.Status.Role);
        await node.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.Null(node.Completion.Exception);
    }

    [Fact]
    public async Task An_interrupt_of_the_apply_thread_while_it_rests_is_nothing()
    {
        ThreadKeeper keeper = new();
        RaftNode<int> node = await RaftNode.StartAsync(Options(), keeper, new InMemoryNetwork().CreateTransport(1));
        await Eventually.True(() => node.Status.Role == RaftRole.Leader, "it leads");
        for (int i = 0; i < 20; i++)
        {
            await node.ProposeAsync(new byte[1]).AsTask().WaitAsync(Patience);
            keeper.Thread!.Interrupt();
        }

        await node.ProposeAsync(new byte[1]).AsTask().WaitAsync(Patience);
        await node.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.Null(node.Completion.Exception);
    }

    [Theory]
    [InlineData("apply")]
    [InlineData("capture")]
    [InlineData("write")]
    [InlineData("restore")]
    public async Task A_state_machine_that_throws_stops_the_node_with_the_cause(string where)
    {
        ContextProbe probe = new() { ThrowsIn = where == "restore" ? null : where };
        RaftOptions options = Options() with { SnapshotLogBytes = 64 << 10 };
        RaftNode<int> node = await RaftNode.StartAsync(options, probe, new InMemoryNetwork().CreateTransport(1));
        await Eventually.True(() => node.Status.Role == RaftRole.Leader, "it leads");
        for (int i = 0; i < 80 && !node.Completion.IsCompleted; i++)
        {
            await Record.ExceptionAsync(() => node.ProposeAsync(new byte[1000]).AsTask().WaitAsync(Patience));
        }

        if (where == "restore")
        {
            await Eventually.True(() => node.Status.SnapshotIndex > 0, "a snapshot is there");
            await node.DisposeAsync();
            probe.ThrowsIn = "restore";
            Exception failure = await Assert.ThrowsAsync<StateMachineFailedException>(
                async () => await RaftNode.StartAsync(options, probe, new InMemoryNetwork().CreateTransport(1)));
            Assert.Equal("The state machine throws.", failure.InnerException?.Message);
            return;
        }

        Exception cause = await Assert.ThrowsAnyAsync<Exception>(() => node.Completion.WaitAsync(Patience));
        Assert.Contains("The state machine throws.", cause.ToString(), StringComparison.Ordinal);
        Assert.Same(cause, node.Status.Failure);
    }

    private RaftOptions Options() => new()
    {
        NodeId = 1,
        Voters = [1],
        ClusterId = new Guid("6f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5"),
        DataDirectory = _directory.Sub("data"),
        SegmentSizeBytes = 1 << 20,
        MaxCommandBytes = 64 << 10,
    };

    private async Task<Gated> StartGatedAsync(Func<RaftOptions, RaftOptions> adjust)
    {
        GatedStateMachine stateMachine = new();
        RaftNode<long> node = await RaftNode.StartAsync(adjust(Options()), stateMachine, new InMemoryNetwork().CreateTransport(1), _logger);
        await Eventually.True(() => node.Status.Role == RaftRole.Leader && node.Status.CommitIndex > 0, "it leads");
        return new Gated(node, stateMachine);
    }

    private sealed record Gated(RaftNode<long> Node, GatedStateMachine StateMachine) : IDisposable
    {
        public void Dispose()
        {
            StateMachine.Gate.Set();
            Assert.True(Node.AbortAsync().AsTask().Wait(Patience));
        }
    }

    private sealed class ThreadKeeper : IStateMachine<int>
    {
        public Thread? Thread { get; private set; }

        public int Apply(in LogEntry entry)
        {
            Thread = Thread.CurrentThread;
            return 0;
        }
    }
}
