using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>Every wait of a caller ends, by success, a typed exception or its token, and holds nothing after that: starts, calls and stops.</summary>
public sealed class RaftNodeWaitTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();
    private readonly InMemoryNetwork _network = new();
    private readonly RaftOptions _options;

    public RaftNodeWaitTests() => _options = new RaftOptions
    {
        NodeId = 1,
        Voters = [1],
        ClusterId = Guid.NewGuid(),
        DataDirectory = _directory.Sub("data"),
        MaxInflightProposals = 8,
        MaxPendingReads = 8,
    };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Results_that_are_never_taken_keep_no_place()
    {
        await using RaftNode<long> node = await StartAsync(new StateMachine());
        using CancellationTokenSource source = new();
        for (int i = 0; i < 100; i++)
        {
            CancellationToken token = i % 2 == 0 ? source.Token : CancellationToken.None;
            await Eventually.True(() => Call(() => node.ProposeAsync(new byte[8], token)), "there is room for a command");
            await Eventually.True(() => Call(() => node.ReadBarrierAsync(cancellationToken: token)), "there is room for a read");
        }

        await Eventually.True(async () => await Record.ExceptionAsync(async () => await node.ProposeAsync(new byte[8])) is null, () => "a command that is awaited");
    }

    [Fact]
    public async Task A_start_returns_its_task_at_once_and_a_cancelled_one_gives_everything_back()
    {
        await LeaveSnapshotAsync();
        using CancellationTokenSource source = new();
        using ManualResetEventSlim reads = new();
        StateMachine restoring = new()
        {
            Restoring = stream =>
            {
                reads.Set();
                while (true)
                {
                    stream.ReadExactly(new byte[1]); // of a state without an end it would never return
                    Thread.Sleep(1);
                }
            },
        };
        ValueTask<RaftNode<long>> start = RaftNode.StartAsync(_options, restoring, _network.CreateTransport(1), null, source.Token);
        Assert.False(start.IsCompleted);
        Assert.True(reads.Wait(Patience));
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start.AsTask().WaitAsync(Patience));
        Assert.IsType<OperationCanceledException>(restoring.RestoreFailure, exactMatch: false);

        await (await StartAsync(new StateMachine())).DisposeAsync();
    }

    [Fact]
    public async Task A_cancelled_start_ends_though_the_state_machine_does_not_look_and_cleans_up_behind_it()
    {
        await LeaveSnapshotAsync();
        using CancellationTokenSource source = new();
        using ManualResetEventSlim began = new();
        using ManualResetEventSlim mayGoOn = new();
        StateMachine blocked = new()
        {
            Restoring = _ =>
            {
                began.Set();
                mayGoOn.Wait();
            },
        };
        Task<RaftNode<long>> start = RaftNode.StartAsync(_options, blocked, _network.CreateTransport(1), null, source.Token).AsTask();
        Assert.True(began.Wait(Patience));
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start.WaitAsync(Patience));
        await Assert.ThrowsAsync<DataDirectoryException>(async () => await RaftNode.StartAsync(_options, new StateMachine(), new InMemoryNetwork().CreateTransport(1)));

        mayGoOn.Set();
        await Eventually.True(
            async () => await Record.ExceptionAsync(async () => await (await StartAsync(new StateMachine())).DisposeAsync()) is null, () => "the directory can be opened again");
    }

    [Fact]
    public async Task A_cancelled_start_gives_up_in_the_middle_of_recovery()
    {
        await using (RaftNode<long> node = await StartAsync(new StateMachine(), _options with { MaxInflightProposals = 4096 }))
        {
            await Task.WhenAll(Enumerable.Range(0, 2000).Select(_ => node.ProposeAsync(new byte[8]).AsTask()));
        }

        LogOptions options = RaftNode.LogOptionsOf(_options) with { CancellationToken = new CancellationToken(canceled: true) };
        Assert.Throws<OperationCanceledException>(() => DataDirectory.Open(_options.DataDirectory, options));
        await (await StartAsync(new StateMachine())).DisposeAsync();
    }

    [Fact]
    public async Task A_poisoned_command_is_named_by_its_index_at_each_start_and_after_it_every_call_ends_alike()
    {
        RaftNode<long> node = await StartAsync(new StateMachine());
        await node.ProposeAsync(new byte[8]);
        await node.DisposeAsync();
        long index = 0;
        for (int i = 0; i < 2; i++)
        {
            node = await StartAsync(new StateMachine { Poison = 1 }, mayFail: true);
            if (i == 0)
            {
                OutcomeUnknownException unknown = await Assert.ThrowsAsync<OutcomeUnknownException>(() => node.ProposeAsync(new byte[] { 1 }).AsTask().WaitAsync(Patience));
                index = unknown.Index;
            }

            StateMachineFailedException failure = await Assert.ThrowsAsync<StateMachineFailedException>(() => node.Completion.WaitAsync(Patience));
            Assert.Equal(index, failure.Index);
            Assert.Equal("poisoned", failure.InnerException?.Message);
            Assert.Contains($"index {index} ", failure.Message, StringComparison.Ordinal);
            Assert.Equal((RaftRole.Follower, 0UL), (node.Status.Role, node.Status.LeaderId));
            Assert.Empty(node.GetPeers());
            await EveryCallEndsAsync(node, failure);
        }
    }

    [Fact]
    public async Task After_an_orderly_stop_every_call_ends_alike()
    {
        RaftNode<long> node = await StartAsync(new StateMachine());
        Task[] stops = [.. Enumerable.Range(0, 4).Select(_ => node.DisposeAsync().AsTask())];
        await Task.WhenAll(stops).WaitAsync(Patience);
        await node.DisposeAsync();
        Assert.Equal((RaftRole.Follower, 0UL), (node.Status.Role, node.Status.LeaderId));
        await EveryCallEndsAsync(node, null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_continuation_may_stop_the_node(bool runContinuationsAsynchronously)
    {
        RaftNode<long> node = await StartAsync(new StateMachine(), _options with { RunContinuationsAsynchronously = runContinuationsAsynchronously });
        await Task.Run(async () =>
        {
            await node.ProposeAsync(new byte[8]).ConfigureAwait(false);
            await node.DisposeAsync().ConfigureAwait(false);
        }).WaitAsync(Patience);
        Assert.True(node.Completion.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Waits_that_are_pending_end_when_the_node_stops()
    {
        RaftOptions options = _options with { Voters = [1, 2, 3], ForwardProposals = true };
        RaftNode<long> node = await RaftNode.StartAsync(options, new StateMachine(), _network.CreateTransport(1));
        Task[] waits =
        [
            node.ProposeAsync(new byte[8]).AsTask(), node.ReadBarrierAsync().AsTask(), node.ReadBarrierAsync(ReadConsistency.Lease).AsTask(),
            node.OpenSessionAsync(TimeSpan.FromSeconds(1)).AsTask(), node.TransferLeadershipAsync(2).AsTask(), node.ChangeMembersAsync(new Configuration(1, 2)).AsTask(),
        ];
        await node.DisposeAsync().AsTask().WaitAsync(Patience);
        foreach (Task wait in waits)
        {
            Exception end = await Assert.ThrowsAnyAsync<Exception>(() => wait.WaitAsync(Patience));
            Assert.True(end is RaftStoppedException or NotLeaderException, $"{end}");
        }
    }

    // One that sends and does not hear, or the other way round; while it leads and while it follows.
    [Theory]
    [InlineData(true, true, false)]
    [InlineData(true, false, false)]
    [InlineData(false, true, true)]
    [InlineData(false, false, true)]
    [InlineData(false, true, false)]
    public async Task Every_call_to_a_node_that_is_cut_off_in_one_direction_ends(bool isLeader, bool isDeaf, bool forwards)
    {
        await using TestCluster cluster = new(3, _network.CreateTransport, options => options with { ForwardProposals = forwards });
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        RaftNode<int> node = isLeader ? leader : cluster.Nodes.Values.First(other => other != leader);
        ulong id = node.Status.NodeId;
        foreach (ulong other in cluster.Ids.Where(other => other != id))
        {
            _network.Disconnect(isDeaf ? other : id, isDeaf ? id : other);
        }

        Configuration withLearner = new([.. cluster.Ids.Select(static voter => new Member(voter, MemberRoles.Voter)), new Member(4, MemberRoles.Learner)]);
        for (int i = 0; i < 3; i++)
        {
            Task[] calls =
            [
                node.ProposeAsync("x"u8).AsTask(), node.ReadBarrierAsync().AsTask(), node.ReadBarrierAsync(ReadConsistency.Lease).AsTask(),
                node.ReadBarrierAsync(TimeSpan.FromMilliseconds(1)).AsTask(), node.ReadBarrierAsync(TimeSpan.FromHours(1)).AsTask(),
                node.OpenSessionAsync(TimeSpan.FromSeconds(1)).AsTask(), node.TransferLeadershipAsync(id % 3 + 1).AsTask(),
                node.ChangeMembersAsync(withLearner).AsTask(),
            ];
            foreach (Task call in calls)
            {
                Exception? end = await Record.ExceptionAsync(() => call.WaitAsync(Patience));
                Assert.True(
                    end is null or NotLeaderException or OutcomeUnknownException or TooStaleException or RequestRefusedException or RaftOverloadedException, $"{end}");
            }

            await Task.Delay(100);
        }
    }

    private static async Task EveryCallEndsAsync(RaftNode<long> node, Exception? cause)
    {
        Func<Task>[] calls =
        [
            () => node.ProposeAsync(new byte[8]).AsTask(),
            () => node.ReadBarrierAsync().AsTask(),
            () => node.ReadBarrierAsync(ReadConsistency.Lease).AsTask(),
            () => node.ReadBarrierAsync(ReadConsistency.Local).AsTask(),
            () => node.ReadBarrierAsync(TimeSpan.FromSeconds(1)).AsTask(),
            () => node.TransferLeadershipAsync(0).AsTask(),
            () => node.ChangeMembersAsync(new Configuration(1)).AsTask(),
            () => node.OpenSessionAsync(TimeSpan.FromSeconds(1)).AsTask(),
            () => node.KeepSessionAsync(1).AsTask(),
            () => node.BackupAsync(Path.GetTempFileName()),
        ];
        foreach (Func<Task> call in calls)
        {
            RaftStoppedException end = await Assert.ThrowsAsync<RaftStoppedException>(() => call().WaitAsync(Patience));
            Assert.Same(cause, end.InnerException);
        }
    }

#pragma warning disable CA2012 // The test is about a task that is never awaited.
    private static bool Call<T>(Func<ValueTask<T>> call) => call() is { IsFaulted: false };

    private static bool Call(Func<ValueTask> call) => call() is { IsFaulted: false };
#pragma warning restore CA2012

    private async Task LeaveSnapshotAsync()
    {
        await using RaftNode<long> node = await StartAsync(new StateMachine());
        await node.ProposeAsync(new byte[8]);
        await node.BackupAsync(_directory.Sub("backup"));
    }

    private async Task<RaftNode<long>> StartAsync(StateMachine stateMachine, RaftOptions? options = null, bool mayFail = false)
    {
        RaftNode<long> node = await RaftNode.StartAsync(options ?? _options, stateMachine, _network.CreateTransport(1));
        await Eventually.True(() => node.Status.Role == RaftRole.Leader || (mayFail && node.Completion.IsCompleted), "it leads");
        return node;
    }

    private sealed class StateMachine : ISnapshotStateMachine<long>, IResultFormat<long>
    {
        private long _applied;

        public byte Poison { get; init; } = byte.MaxValue;

        public Action<Stream>? Restoring { get; init; }

        public Exception? RestoreFailure { get; private set; }

        public long Apply(in LogEntry entry) => entry.Payload[0] == Poison ? throw new InvalidOperationException("poisoned") : ++_applied;

        public void WriteResult(long result, System.Buffers.IBufferWriter<byte> destination)
        {
            BitConverter.TryWriteBytes(destination.GetSpan(8), result);
            destination.Advance(8);
        }

        public long ReadResult(ReadOnlySpan<byte> bytes) => BitConverter.ToInt64(bytes);

        public Action<Stream> CaptureSnapshot()
        {
            long applied = _applied;
            return stream =>
            {
                stream.Write(BitConverter.GetBytes(applied));
                stream.Write(new byte[1 << 20]);
            };
        }

        public void RestoreSnapshot(Stream stream)
        {
            try
            {
                Restoring?.Invoke(stream);
            }
            catch (Exception e)
            {
                RestoreFailure = e;
                throw;
            }

            byte[] bytes = new byte[8];
            stream.ReadExactly(bytes);
            _applied = BitConverter.ToInt64(bytes);
        }
    }
}
