using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Host;

/// <summary>
/// A state machine sees the invariant culture and nothing of the host's context, on whatever thread and by whatever way
/// it is called: replicas that format a number must not differ.
/// </summary>
public sealed class ForeignContextTests : IDisposable
{
    private const string Neutral = ". . nothing nothing";

    private static int s_left; // how often a continuation has left its traces

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();
    private readonly InMemoryNetwork _network = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public void Every_call_of_a_lone_node_is_made_in_the_neutral_context(bool appliesInline, bool asynchronously) => OnForeignThread(() =>
    {
        RaftOptions options = Options(1, [1]) with
        {
            ApplyInline = appliesInline,
            RunContinuationsAsynchronously = asynchronously,
            Durability = Durability.None, // so that what a caller brings is committed on its own thread
            SnapshotLogBytes = 64 << 10,
            RetainedLogBytes = 0,
        };
        ContextProbe first = new();
        RaftNode<int> node = Start(options, first);
        int i = 0;
        for (; i < 100 || (node.Status.SnapshotIndex == 0 && i < 20_000); i++)
        {
            ValueTask<Applied<int>> proposal = node.ProposeAsync(new byte[1000]);
            if (!asynchronously && !proposal.IsCompleted)
            {
                int left = Volatile.Read(ref s_left);
                LeaveTraces(proposal);
                Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref s_left) != left, Patience));
                continue;
            }

            proposal.AsTask().WaitAsync(Patience).GetAwaiter().GetResult();
        }

        Assert.Equal(Foreign, ContextProbe.Context); // what was lent is given back as it was
        node.DisposeAsync().AsTask().Wait(Patience);
        ContextProbe second = new();
        RaftNode<int> again = Start(options, second);
        again.ProposeAsync(new byte[1]).AsTask().Wait(Patience);
        again.DisposeAsync().AsTask().Wait(Patience);

        AssertNeutral(first, "apply", "capture", "write");
        AssertNeutral(second, "apply", "restore");
    });

    [Fact]
    public void What_a_continuation_leaves_behind_is_taken_back_before_the_next_entry() => OnForeignThread(() =>
    {
        ContextProbe probe = new();
        RaftNode<int> node = Start(Options(1, [1]) with { RunContinuationsAsynchronously = false }, probe);
        probe.Gate.Reset();
        Task<Applied<int>> first = node.ProposeAsync(new byte[1]).AsTask();
        long before = node.Status.LastIndex;
        for (int i = 0; i < 20; i++)
        {
            LeaveTraces(node.ProposeAsync(new byte[1]));
        }

        Assert.True(SpinWait.SpinUntil(() => node.Status.CommitIndex >= before + 20, Patience));
        probe.Gate.Set(); // and the others are applied in one go
        first.Wait(Patience);
        Assert.True(SpinWait.SpinUntil(() => probe.Seen.Count == 21, Patience));
        node.DisposeAsync().AsTask().Wait(Patience);

        AssertNeutral(probe, "apply");
    });

    // Not in the state machine's, either: to change the context for each caller would cost a tenth of a command.
    [Fact]
    public void A_caller_goes_on_in_the_default_context_of_the_thread_that_applies() => OnForeignThread(() =>
    {
        ContextProbe probe = new();
        RaftNode<int> node = Start(Options(1, [1]) with { RunContinuationsAsynchronously = false }, probe);
        probe.Gate.Reset();
        ConcurrentBag<ExecutionContext?> seen = [];
        for (int i = 0; i < 100; i++)
        {
            Continue(node.ProposeAsync(new byte[1]), () => seen.Add(ExecutionContext.Capture()));
        }

        probe.Gate.Set();
        Assert.True(SpinWait.SpinUntil(() => seen.Count == 100, Patience));
        node.DisposeAsync().AsTask().Wait(Patience);

        ExecutionContext? unflowed = null;
        Thread thread = new(() => unflowed = ExecutionContext.Capture());
        thread.UnsafeStart();
        thread.Join();
        Assert.All(seen, context => Assert.Same(unflowed, context));
    });

    [Fact]
    public void A_snapshot_is_installed_in_the_neutral_context() => OnForeignThread(() =>
    {
        ulong[] ids = [1, 2, 3];
        RaftOptions Small(ulong id) => Options(id, ids) with { SnapshotLogBytes = 64 << 10, RetainedLogBytes = 0, SegmentSizeBytes = 128 << 10 };
        RaftNode<int>[] nodes = [Start(Small(1), new ContextProbe(), wait: false), Start(Small(2), new ContextProbe(), wait: false)];
        for (int i = 0; !Array.TrueForAll(nodes, static node => node.Status.FirstIndex > 50) && i < 5000; i++)
        {
            RaftNode<int>? leader = null;
            SpinWait.SpinUntil(() => (leader = Array.Find(nodes, static node => node.Status.Role == RaftRole.Leader)) is not null, Patience);
            Record.Exception(() => leader!.ProposeAsync(new byte[4000]).AsTask().Wait(Patience)); // it may have lost leadership
        }

        ContextProbe late = new();
        RaftNode<int> follower = Start(Small(3), late, wait: false);
        SpinWait.SpinUntil(() => late.Seen.Any(static seen => seen.Call == "restore"), Patience);
        follower.DisposeAsync().AsTask().Wait(Patience);
        Array.ForEach(nodes, static node => node.DisposeAsync().AsTask().Wait(Patience));

        AssertNeutral(late, "restore");
    });

    // A continuation without a flow and a context of its own: it runs as it is on the thread that applies.
    private static void Continue(ValueTask<Applied<int>> done, Action continuation) =>
        done.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(continuation);

    private static void LeaveTraces(ValueTask<Applied<int>> done) => Continue(done, static () =>
    {
        CultureInfo.CurrentCulture = ContextProbe.ForeignCulture();
        ContextProbe.Ambient.Value = "left by a continuation";
        SynchronizationContext.SetSynchronizationContext(new ForeignSynchronization());
        Interlocked.Increment(ref s_left);
    });

    private static string Foreign { get; } = ", , the host's " + typeof(ForeignSynchronization).FullName;

    private static void AssertNeutral(ContextProbe probe, params string[] calls)
    {
        HashSet<(string Call, string Context)> seen = [.. probe.Seen];
        Assert.All(seen, static seen => Assert.Equal((seen.Call, Neutral), seen));
        Assert.All(calls, call => Assert.Contains((call, Neutral), seen));
    }

    private RaftNode<int> Start(RaftOptions options, ContextProbe probe, bool wait = true)
    {
        RaftNode<int> node = RaftNode.StartAsync(options, probe, _network.CreateTransport(options.NodeId)).AsTask().WaitAsync(Patience).GetAwaiter().GetResult();
        Assert.True(!wait || SpinWait.SpinUntil(() => node.Status.Role == RaftRole.Leader, Patience));
        return node;
    }

    private RaftOptions Options(ulong id, ulong[] voters) => new()
    {
        NodeId = id,
        Voters = voters,
        ClusterId = new Guid("6f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5"),
        DataDirectory = _directory.Sub(id.ToString(CultureInfo.InvariantCulture)),
        SegmentSizeBytes = 1 << 20,
        MaxCommandBytes = 64 << 10,
    };

    // The host's thread: everything on it is foreign to a state machine.
    private static void OnForeignThread(Action test)
    {
        Exception? failure = null;
        Thread host = new(() =>
        {
            CultureInfo.CurrentCulture = ContextProbe.ForeignCulture();
            CultureInfo.CurrentUICulture = ContextProbe.ForeignCulture();
            ContextProbe.Ambient.Value = "the host's";
            SynchronizationContext.SetSynchronizationContext(new ForeignSynchronization());
            failure = Record.Exception(test);
        });
        host.Start();
        host.Join();
        Assert.True(failure is null, failure?.ToString());
    }

    // Runs what is posted elsewhere, so that a thread that waits does not wait for itself.
    private sealed class ForeignSynchronization : SynchronizationContext;
}
