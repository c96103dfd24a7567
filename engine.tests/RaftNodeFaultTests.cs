using System;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using RaftEngine.Log;
using RaftEngine.Storage;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>
/// What a node does when the disk, the transport, the logger or the state machine lets it down: everything asked of it ends, and nothing is acknowledged that is not so.
/// </summary>
public sealed class RaftNodeFaultTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();
    private readonly ListStateMachine _stateMachine = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("write")]
    [InlineData("sync")]
    public async Task After_a_failed_write_or_sync_nothing_is_acknowledged_and_everything_ends(string operation)
    {
        HookedDirectory disk = HookedDirectory.On(_directory.Sub("data"));
        RaftNode<int> node = await StartSingleAsync(disk);
        await node.ProposeAsync("kept"u8);
        disk.FailLog(operation);
        Task<Applied<int>>[] writes = [.. Enumerable.Range(0, 100).Select(_ => node.ProposeAsync("lost"u8).AsTask())];

        Exception?[] ends = await Task.WhenAll(writes.Select(write => Record.ExceptionAsync(() => write.WaitAsync(Patience))));
        StorageFailedException cause = await Assert.ThrowsAsync<StorageFailedException>(() => node.Completion.WaitAsync(Patience));

        Assert.All(ends, end => Assert.True(end is OutcomeUnknownException or NotLeaderException or ObjectDisposedException, $"{end}"));
        Assert.Same(cause, Assert.IsType<OutcomeUnknownException>(ends[0]).InnerException);
        Assert.Equal(["kept"], _stateMachine.Commands);
        Assert.Same(cause, node.Status.Failure);
        Assert.Same(cause, (await Assert.ThrowsAsync<RaftStoppedException>(async () => await node.ProposeAsync("late"u8))).InnerException);
        await AssertReopensAsync(node);
    }

    [Fact]
    public async Task A_data_directory_that_is_moved_away_stops_the_node()
    {
        RaftOptions options = Options([1]) with { ScrubBytesPerSecond = 0 };
        await using RaftNode<int> node = await RaftNode.StartAsync(options, _stateMachine, new StubTransport());
        System.IO.Directory.Move(options.DataDirectory, _directory.Sub("elsewhere"));
        StorageFailedException cause = await Assert.ThrowsAsync<StorageFailedException>(() => node.Completion.WaitAsync(Patience));
        Assert.StartsWith(options.DataDirectory, cause.Path, StringComparison.Ordinal);
        Assert.Same(cause, node.Status.Failure);
    }

    [Fact]
    public async Task Damage_that_comes_over_a_full_segment_of_a_running_node_is_found_and_stops_it()
    {
        await using RaftNode<int> node = await StartSingleAsync(HookedDirectory.On(_directory.Sub("data")));
        string segment = System.IO.Path.Combine(_directory.Sub("data"), SegmentFormat.NameOf(1));
        for (int i = 0; i < 10; i++)
        {
            await node.ProposeAsync(new byte[10_000]);
        }

        using (System.IO.FileStream file = new(segment, System.IO.FileMode.Open, System.IO.FileAccess.ReadWrite, System.IO.FileShare.ReadWrite))
        {
            file.Position = SegmentFormat.HeaderBytes + 20_000;
            file.WriteByte(1);
        }

        LogCorruptedException e = await Assert.ThrowsAsync<LogCorruptedException>(() => node.Completion.WaitAsync(Patience));
        Assert.Equal(SegmentFormat.NameOf(1), e.Segment);
        Assert.Same(e, node.Status.Failure);
    }

    [Fact]
    public async Task A_node_that_cannot_save_its_vote_does_not_lead()
    {
        HookedDirectory disk = HookedDirectory.On(_directory.Sub("data"));
        disk.FailHardState();
        Exception start = await Record.ExceptionAsync(async () => await StartAsync(disk, [1], new StubTransport()));
        Assert.IsType<StorageFailedException>(start); // a new directory saves it first of all

        // This start creates the directory of a lone voter and fails before its first election.
        StubTransport refusing = new() { Starting = static _ => Task.FromException(new InvalidOperationException("no listening")) };
        await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(HookedDirectory.On(_directory.Sub("data")), [1], refusing));
        HookedDirectory failing = HookedDirectory.On(_directory.Sub("data"));
        StubTransport transport = new()
        {
            Starting = _ => // the directory has been opened, and no election begun
            {
                failing.FailHardState();
                return Task.CompletedTask;
            },
        };
        await using RaftNode<int> node = await StartAsync(failing, [1], transport);
        await Assert.ThrowsAsync<StorageFailedException>(() => node.Completion.WaitAsync(Patience));

        Assert.Equal(0, node.Status.LastIndex);
    }

    [Fact]
    public async Task A_transport_that_throws_when_it_sends_stops_the_node_and_says_why()
    {
        InvalidOperationException failure = new("no sending");
        await using RaftNode<int> node = await StartAsync(HookedDirectory.On(_directory.Sub("data")), [1, 2, 3], new StubTransport { SendFailure = failure });

        Assert.Same(failure, await Assert.ThrowsAsync<InvalidOperationException>(() => node.Completion.WaitAsync(Patience)));
        await AssertReopensAsync(node);
    }

    [Fact]
    public async Task Callers_hear_of_the_end_even_if_transport_and_disk_do_not_close()
    {
        InvalidOperationException failure = new("no closing");
        HookedDirectory disk = HookedDirectory.On(_directory.Sub("data"));
        RaftNode<int> node = await StartSingleAsync(disk, new StubTransport { DisposeFailure = failure });
        disk.Stall();
        Task<Applied<int>> write = node.ProposeAsync("x"u8).AsTask();
        await Eventually.True(() => disk.Stalled == 1, "the sync stalls");
        Task abort = node.AbortAsync().AsTask();

        OutcomeUnknownException unknown = await Assert.ThrowsAsync<OutcomeUnknownException>(() => write.WaitAsync(Patience));
        disk.Release();
        await abort.WaitAsync(Patience);

        Assert.NotEqual(0, unknown.Index);
        Assert.Same(failure, node.Completion.Exception?.InnerException);
        await AssertReopensAsync(node);
    }

    [Theory]
    [InlineData("transport")]
    [InlineData("cancelled")]
    [InlineData("option")]
    public async Task A_start_that_fails_gives_everything_back(string what)
    {
        using CancellationTokenSource source = new();
        StubTransport transport = new()
        {
            Starting = async token =>
            {
                if (what == "transport")
                {
                    throw new System.IO.IOException("port in use");
                }

                if (what == "cancelled")
                {
                    await source.CancelAsync();
                    token.ThrowIfCancellationRequested();
                }
            },
        };
        HookedDirectory disk = HookedDirectory.On(_directory.Sub("data"));
        RaftOptions options = what == "option" ? Options([1]) with { MaxInflightMessages = 0 } : Options([1]);

        Exception failure = await Record.ExceptionAsync(async () => await RaftNode.StartOnAsync(
            options, _stateMachine, transport, () => disk, logger: null, source.Token));

        Type expected = what switch
        {
            "transport" => typeof(System.IO.IOException),
            "cancelled" => typeof(OperationCanceledException),
            _ => typeof(ArgumentException),
        };
        Assert.IsType(expected, failure, exactMatch: false);
        Assert.NotEqual(0, transport.Disposals);
        await AssertReopensAsync(null);
    }

    [Fact]
    public async Task A_port_in_use_gives_everything_back()
    {
        await using TcpTransport first = new(new TcpTransportOptions
        {
            ListenEndPoint = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0),
            Peers = new System.Collections.Generic.Dictionary<ulong, System.Net.EndPoint>(),
        });
        await using (RaftNode<int> other = await StartAsync(HookedDirectory.On(_directory.Sub("other")), [1], first))
        {
            TcpTransport second = new(new TcpTransportOptions
            {
                ListenEndPoint = first.LocalEndPoint,
                Peers = new System.Collections.Generic.Dictionary<ulong, System.Net.EndPoint>(),
            });
            Assert.NotNull(await Record.ExceptionAsync(async () => await StartAsync(HookedDirectory.On(_directory.Sub("data")), [1], second)));
        }

        await AssertReopensAsync(null);
    }

    [Fact]
    public async Task A_logger_that_throws_does_not_keep_a_node_from_stopping()
    {
        RaftNode<int> node = await RaftNode.StartOnAsync(
            Options([1, 2, 3]), _stateMachine, new StubTransport(), () => HookedDirectory.On(_directory.Sub("data")), new ThrowingLogger(1002));

        await node.DisposeAsync().AsTask().WaitAsync(Patience);
        await AssertReopensAsync(node);
    }

    [Fact]
    public async Task While_every_disk_stalls_the_leader_leads_on_and_acknowledges_nothing_until_they_recover()
    {
        TimeSpan electionTimeout = TimeSpan.FromMilliseconds(1500); // disks are what is to stall here, not a busy machine's threads
        InMemoryNetwork network = new();
        HookedDirectory[] disks = [.. Enumerable.Range(1, 3).Select(id => HookedDirectory.On(_directory.Sub($"{id}")))];
        RaftNode<int>[] nodes = new RaftNode<int>[3];
        for (int i = 0; i < 3; i++)
        {
            nodes[i] = await StartAsync(disks[i], [1, 2, 3], network.CreateTransport((ulong)i + 1), (ulong)i + 1, electionTimeout);
        }

        RaftNode<int> leader = await Eventually.NotNull(() => nodes.FirstOrDefault(node => node.Status is { Role: RaftRole.Leader, CommitIndex: > 0 }), "a leader");
        long term = leader.Status.Term;
        Array.ForEach(disks, disk => disk.Stall());
        Task<Applied<int>>[] writes = [.. Enumerable.Range(0, 200).Select(_ => leader.ProposeAsync("x"u8).AsTask())];
        await Eventually.True(() => disks.All(disk => disk.Stalled > 0), "all disks stall");

        // Each barrier is a round of heartbeats that a majority has answered.
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < 4 * electionTimeout)
        {
            await leader.ReadBarrierAsync().AsTask().WaitAsync(Patience);
        }

        Assert.All(writes, write => Assert.False(write.IsCompleted));
        Assert.Equal(term, leader.Status.Term);
        Array.ForEach(disks, disk => disk.Release());
        await Task.WhenAll(writes).WaitAsync(Patience);
        Assert.Equal(term, leader.Status.Term);
        foreach (RaftNode<int> node in nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_leader_whose_own_disk_stalls_commits_what_the_others_have_on_theirs()
    {
        InMemoryNetwork network = new();
        HookedDirectory[] disks = [.. Enumerable.Range(1, 3).Select(id => HookedDirectory.On(_directory.Sub($"{id}")))];
        RaftNode<int>[] nodes = new RaftNode<int>[3];
        for (int i = 0; i < 3; i++)
        {
            nodes[i] = await StartAsync(disks[i], [1, 2, 3], network.CreateTransport((ulong)i + 1), (ulong)i + 1, TimeSpan.FromSeconds(1));
        }

        RaftNode<int> leader = await Eventually.NotNull(() => nodes.FirstOrDefault(node => node.Status is { Role: RaftRole.Leader, CommitIndex: > 0 }), "a leader");
        HookedDirectory own = disks[leader.Status.NodeId - 1];
        await Eventually.True(() => leader.Status.DurableIndex == leader.Status.LastIndex, "an idle leader");
        own.Stall();
        Applied<int> applied = await leader.ProposeAsync("x"u8).AsTask().WaitAsync(Patience);

        Assert.True(applied.Index > leader.Status.DurableIndex);
        own.Release();
        await Eventually.True(() => leader.Status.DurableIndex == leader.Status.LastIndex, "the leader's disk catches up");
        foreach (RaftNode<int> node in nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_roll_on_a_stalled_disk_acknowledges_nothing_until_it_recovers()
    {
        HookedDirectory disk = HookedDirectory.On(_directory.Sub("data"));
        await using RaftNode<int> node = await StartSingleAsync(disk);
        disk.Stall();
        byte[] command = new byte[1000];
        Task<Applied<int>>[] writes = [.. Enumerable.Range(0, 200).Select(_ => node.ProposeAsync(command).AsTask())]; // three segments
        await Eventually.True(() => disk.Stalled > 0, "the disk stalls");

        Assert.All(writes, write => Assert.False(write.IsCompleted));
        disk.Release();
        await Task.WhenAll(writes).WaitAsync(Patience);
        Assert.Equal(200, _stateMachine.Commands.Length);
    }

    [Fact]
    public async Task A_slow_state_machine_is_an_overload_and_not_a_growing_queue()
    {
        GatedStateMachine slow = new();
        await using RaftNode<long> node = await RaftNode.StartOnAsync(
            Options([1], maxInflightProposals: 16), slow, new StubTransport(), () => HookedDirectory.On(_directory.Sub("data")));
        await Eventually.True(() => node.Status is { Role: RaftRole.Leader, CommitIndex: > 0 }, "it leads");
        Task<Applied<long>>[] writes = [.. Enumerable.Range(0, 1000).Select(_ => node.ProposeAsync("x"u8).AsTask())];

        Assert.Equal(984, writes.Count(write => write.Exception?.InnerException is RaftOverloadedException));
        Assert.Equal(0, slow.Applied);
        slow.Gate.Set();
        Applied<long>[] applied = await Task.WhenAll(writes.Where(write => !write.IsFaulted)).WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(1, 16).Select(i => (long)i), applied.Select(result => result.Result));
        await node.ProposeAsync("again"u8).AsTask().WaitAsync(Patience);
    }

    [Fact]
    public async Task Everything_asked_of_a_node_ends_while_many_threads_stop_it()
    {
        for (int round = 0; round < 8; round++)
        {
            RaftNode<int> node = await StartSingleAsync(HookedDirectory.On(_directory.Sub("data")));
            Task[] callers = [.. Enumerable.Range(0, 6).Select(caller => Task.Run(async () =>
            {
                while (!node.Completion.IsCompleted)
                {
                    try
                    {
                        await (caller % 3 == 0 ? node.ReadBarrierAsync().AsTask() : (Task)node.ProposeAsync("x"u8).AsTask());
                    }
                    catch (Exception exception) when (exception is NotLeaderException or OutcomeUnknownException or ObjectDisposedException)
                    {
                        await Task.Yield();
                    }
                }
            }))];
            await node.ProposeAsync("running"u8);
            await Task.WhenAll(Enumerable.Range(0, 6).Select(stopper => Task.Run(async () =>
                await (stopper == 5 && round % 2 == 0 ? node.AbortAsync() : node.DisposeAsync())))).WaitAsync(Patience);
            await Task.WhenAll(callers).WaitAsync(Patience);

            Assert.True(node.Completion.IsCompletedSuccessfully);
        }
    }

    [Fact]
    public async Task A_node_may_be_stopped_from_a_continuation_that_runs_on_its_own_thread()
    {
        RaftOptions options = Options([1], runContinuationsAsynchronously: false);
        RaftNode<int> node = await RaftNode.StartOnAsync(
            options, _stateMachine, new StubTransport(), () => HookedDirectory.On(_directory.Sub("data")));
        await Eventually.True(() => node.Status is { Role: RaftRole.Leader, CommitIndex: > 0 }, "it leads");
        async Task ProposeAndStopAsync()
        {
            await node.ProposeAsync("x"u8).ConfigureAwait(false);
            await node.DisposeAsync().ConfigureAwait(false);
        }

        await ProposeAndStopAsync().WaitAsync(Patience);
        Assert.True(node.Completion.IsCompletedSuccessfully);
    }

    private RaftOptions Options(
        ulong[] voters, ulong nodeId = 1, TimeSpan? electionTimeout = null, int maxInflightProposals = 65_536, bool runContinuationsAsynchronously = true) => new()
        {
            NodeId = nodeId,
            Voters = voters,
            ClusterId = new Guid("5b1d0e4a-0d0e-4f5b-9f0e-0c1f6a1f3c11"),
            DataDirectory = _directory.Sub("unused"),
            SegmentSizeBytes = 64 << 10,
            MaxCommandBytes = 16 << 10,
            ProposalQueueBytes = 1 << 20,
            MessageQueueBytes = 2 << 20,
            ElectionTimeout = electionTimeout ?? TimeSpan.FromMilliseconds(100),
            HeartbeatInterval = TimeSpan.FromMilliseconds(20),
            MaxInflightProposals = maxInflightProposals,
            RunContinuationsAsynchronously = runContinuationsAsynchronously,
        };

    private async Task<RaftNode<int>> StartSingleAsync(HookedDirectory disk, IRaftTransport? transport = null)
    {
        RaftNode<int> node = await StartAsync(disk, [1], transport ?? new StubTransport());
        await Eventually.True(
            () => node.Status is { Role: RaftRole.Leader } status && status.CommitIndex == status.LastIndex && status.DurableIndex == status.LastIndex,
            "it leads");
        return node;
    }

    private Task<RaftNode<int>> StartAsync(HookedDirectory disk, ulong[] voters, IRaftTransport transport, ulong nodeId = 1, TimeSpan? electionTimeout = null) =>
        RaftNode.StartOnAsync(
            Options(voters, nodeId, electionTimeout),
            nodeId == 1 ? _stateMachine : new ListStateMachine(),
            transport,
            () => disk).AsTask();

    /// <summary>The node has let go of its directory: another can be started on it at once.</summary>
    private async Task AssertReopensAsync(RaftNode<int>? stopped)
    {
        if (stopped is not null)
        {
            await stopped.DisposeAsync();
        }

        await using RaftNode<int> again = await RaftNode.StartOnAsync(
            Options([1]), new ListStateMachine(), new StubTransport(), () => HookedDirectory.On(_directory.Sub("data")));
    }
}
