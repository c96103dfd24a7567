using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Snapshots;
using RaftEngine.Tests.Support;
using RaftEngine.Tests.Transport;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>With a state machine that takes snapshots, the log stays small and a start short, and nothing is lost.</summary>
public sealed class RaftNodeSnapshotTests
{
    private const int Burst = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly InMemoryNetwork _network = new();

    [Fact]
    public async Task The_log_is_given_up_behind_a_snapshot_and_a_restart_goes_on_from_there()
    {
        await using TestCluster cluster = NewCluster();
        await cluster.StartAsync();
        int proposed = await ProposeUntilAsync(cluster, static status => status.FirstIndex > 500);
        RaftStatus before = cluster.Nodes[1].Status;
        Assert.True(before.SnapshotIndex >= before.FirstIndex - 1);
        await cluster.Nodes[1].DisposeAsync();
        DataDirectoryException refusal = await Assert.ThrowsAsync<DataDirectoryException>(
            () => RaftNode.StartAsync(cluster.Options(1), new GatedStateMachine(), _network.CreateTransport(1)).AsTask());
        Assert.Contains("ISnapshotStateMachine", refusal.Message, StringComparison.Ordinal);

        RaftNode<int> node = await cluster.StartAsync(1);
        await Eventually.True(() => node.Status.AppliedIndex >= before.AppliedIndex, "all is there again");
        Assert.Equal(Enumerable.Range(0, proposed).Select(NameOf), cluster.StateMachines[1].Commands);
        Assert.True(cluster.StateMachines[1].Applied < proposed - 400);
        Assert.True(node.Status.SnapshotIndex >= before.SnapshotIndex); // another one may have been due
        Assert.Equal(proposed, (await cluster.ProposeAsync("more")).Result);
        await Eventually.True(() => Directory.GetFiles(cluster.DataDirectory(1), "*" + SnapshotFormat.Extension).Length == 1, "only the latest snapshot is kept");
    }

    [Fact]
    public async Task A_node_that_is_killed_again_and_again_while_it_takes_snapshots_loses_nothing()
    {
        await using TestCluster cluster = NewCluster();
        int acknowledged = 0;
        for (int round = 0; round < 6; round++)
        {
            RaftNode<int> node = await cluster.StartAsync(1);
            await cluster.LeaderAsync();
            for (int i = 0; i < 700; i += Burst, acknowledged += Burst)
            {
                Assert.Equal(Enumerable.Range(acknowledged, Burst), await ProposeBurstAsync(node, acknowledged));
            }

            await node.AbortAsync();
        }

        RaftNode<int> last = await cluster.StartAsync(1);
        await Eventually.True(() => cluster.StateMachines[1].Commands.Length == acknowledged, "all is there again");
        Assert.Equal(Enumerable.Range(0, acknowledged).Select(NameOf), cluster.StateMachines[1].Commands);
        await Eventually.True(() => last.Status.FirstIndex > 1000, "the log is given up behind a snapshot");
    }

    [Fact]
    public async Task A_bound_on_the_log_is_no_bound_on_the_number_of_commands()
    {
        ListLogger logger = new();
        RaftOptions Bounded(RaftOptions options) => Small(options) with { MaxLogBytes = 256 << 10 };
        await using TestCluster cluster = new(1, _network.CreateTransport, Bounded, logger);
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        int refusals = 0;
        for (int i = 0; i < 4000; i += Burst)
        {
            long first = node.Status.FirstIndex;
            bool isRefused = false;
            foreach (Task<Applied<int>> task in (Task<Applied<int>>[])[.. Enumerable.Range(0, Burst).Select(_ => node.ProposeAsync(Encoding.UTF8.GetBytes(NameOf(i))).AsTask())])
            {
                Exception? end = await Record.ExceptionAsync(() => task.WaitAsync(Patience));
                Assert.True(end is null or LogFullException, $"{end}");
                isRefused |= end is not null;
            }

            if (isRefused)
            {
                refusals++;
                await Eventually.True(() => node.Status.FirstIndex > first, "a snapshot makes room");
            }
        }

        await node.ProposeAsync("more"u8);
        Assert.True(cluster.StateMachines[1].Commands.Length > 2000);
        Assert.InRange(logger.Lines(1004).Count, Math.Min(1, refusals), 4); // it is told that it is full, but not each time
        await node.DisposeAsync();
        Assert.True(Directory.GetFiles(cluster.DataDirectory(1), "*.segment").Sum(file => new FileInfo(file).Length) <= 256 << 10);
    }

    [Fact]
    public async Task Commands_go_on_while_a_snapshot_is_being_written_and_a_stop_does_not_wait_for_it()
    {
        await using TestCluster cluster = NewCluster();
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        using ManualResetEventSlim writing = new();
        using ManualResetEventSlim goOn = new();
        cluster.StateMachines[1].BeforeWriting = () =>
        {
            writing.Set();
            goOn.Wait();
        };
        int proposed = await ProposeUntilAsync(cluster, _ => writing.IsSet);
        for (int i = 0; i < 500; i++)
        {
            await cluster.ProposeAsync(NameOf(proposed++));
        }

        Assert.Equal(1, node.Status.FirstIndex);
        Task stopped = node.DisposeAsync().AsTask();
        goOn.Set();
        await stopped.WaitAsync(Patience);
        await cluster.StartAsync(1);
        await Eventually.True(() => cluster.StateMachines[1].Commands.Length == proposed, "all is there again");
    }

    [Fact]
    public async Task A_state_that_cannot_be_written_stops_the_node()
    {
        await using TestCluster cluster = NewCluster();
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        InvalidOperationException failure = new("no writing");
        cluster.StateMachines[1].BeforeWriting = () => throw failure;
        Task completion = node.Completion;
        for (int i = 0; i < 5000 && !completion.IsCompleted; i++)
        {
            await Record.ExceptionAsync(async () => await node.ProposeAsync(Encoding.UTF8.GetBytes(NameOf(i))));
        }

        Assert.Same(failure, await Assert.ThrowsAsync<InvalidOperationException>(() => completion.WaitAsync(Patience)));
    }

    [Fact]
    public async Task A_damaged_snapshot_is_refused()
    {
        await using TestCluster cluster = NewCluster();
        await cluster.StartAsync();
        await ProposeUntilAsync(cluster, static status => status.FirstIndex > 500);
        await cluster.Nodes[1].DisposeAsync();
        string file = Directory.GetFiles(cluster.DataDirectory(1), "*" + SnapshotFormat.Extension).Single();
        byte[] bytes = await File.ReadAllBytesAsync(file);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);

        SnapshotCorruptedException damage = await Assert.ThrowsAsync<SnapshotCorruptedException>(() => cluster.StartAsync(1));
        Assert.Equal(Path.GetFileName(file), damage.File);
        File.Delete(file);
        LogCorruptedException missing = await Assert.ThrowsAsync<LogCorruptedException>(() => cluster.StartAsync(1));
        Assert.Equal(1, missing.Index);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        await cluster.StartAsync(1);
    }

    [Fact]
    public async Task A_follower_that_was_away_for_longer_than_the_log_is_kept_comes_back_by_snapshot()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport, Small);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        ulong away = cluster.Ids.First(id => id != leader.Status.NodeId);
        await cluster.ProposeAsync("before");
        await cluster.Nodes[away].DisposeAsync();
        cluster.Nodes.Remove(away);
        int proposed = await ProposeUntilAsync(cluster, static status => status.FirstIndex > 500);

        RaftNode<int> back = await cluster.StartAsync(away);
        await Eventually.True(() => back.Status.SnapshotIndex >= 500, "it has the snapshot");
        Assert.True(back.Status.FirstIndex > 500);
        await cluster.ProposeAsync("after");
        await cluster.ConvergeAsync();
        Assert.True(cluster.StateMachines[away].Applied < proposed);
        Assert.Equal("before", cluster.StateMachines[away].Commands[0]);
    }

    [Fact]
    public async Task A_follower_that_was_cut_off_with_entries_of_its_own_gives_them_up_for_a_snapshot()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport, Small);
        await cluster.StartAsync();
        RaftNode<int> old = await cluster.LeaderAsync();
        await old.ProposeAsync("kept"u8);
        _network.Isolate(old.Status.NodeId);
        Task<Applied<int>>[] lost = [.. Enumerable.Range(0, 50).Select(_ => old.ProposeAsync("lost"u8).AsTask())];
        await Eventually.True(() => cluster.Leader is { } leader && leader != old, "the others elect a leader");
        Assert.All(await Task.WhenAll(lost.Select(task => Record.ExceptionAsync(() => task.WaitAsync(Patience)))), exception => Assert.NotNull(exception));
        while (cluster.Nodes.Values.Max(node => node.Status.FirstIndex) < 500)
        {
            await Task.WhenAll(Enumerable.Range(0, Burst).Select(i => cluster.ProposeAsync(NameOf(i))));
        }

        _network.Rejoin(old.Status.NodeId);
        await Eventually.True(() => old.Status.SnapshotIndex >= 500, "it has the snapshot");
        await cluster.ConvergeAsync();
        Assert.DoesNotContain("lost", cluster.StateMachines[old.Status.NodeId].Commands);
    }

    [Fact]
    public async Task A_follower_that_is_killed_while_a_snapshot_comes_goes_on_where_it_was()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport, options => Small(options) with { MaxMessageBytes = 8 << 10, SnapshotBytesPerSecond = 200_000 });
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        ulong away = cluster.Ids.First(id => id != leader.Status.NodeId);
        await cluster.Nodes[away].DisposeAsync();
        cluster.Nodes.Remove(away);
        await ProposeUntilAsync(cluster, static status => status.FirstIndex > 1500);

        string part = Path.Combine(cluster.DataDirectory(away), IncomingSnapshot.Name);
        long before = 0;
        for (int kill = 0; kill < 2; kill++)
        {
            RaftNode<int> node = await cluster.StartAsync(away);
            await Eventually.True(() => File.Exists(part) && new FileInfo(part).Length > before + 40_000, "a part of it has arrived");
            await node.AbortAsync();
            Assert.True(new FileInfo(part).Length > before);
            before = new FileInfo(part).Length;
        }

        RaftNode<int> back = await cluster.StartAsync(away);
        await Eventually.True(() => back.Status.SnapshotIndex >= 1500, "it has the snapshot");
        await cluster.ConvergeAsync();
        Assert.False(File.Exists(part));
    }

    private static string NameOf(int number) => number.ToString("D8", System.Globalization.CultureInfo.InvariantCulture) + new string('x', 192);

    private static RaftOptions Small(RaftOptions options) => options with
    {
        SegmentSizeBytes = 64 << 10,
        MaxCommandBytes = 16 << 10,
        SnapshotLogBytes = 128 << 10,
        RetainedLogBytes = 32 << 10,
        ElectionTimeout = TimeSpan.FromSeconds(1), // a busy machine makes no other leader in the middle of a test
    };

    private static async Task<int> ProposeUntilAsync(TestCluster cluster, Func<RaftStatus, bool> isEnough)
    {
        RaftNode<int> node = await cluster.LeaderAsync();
        int proposed = 0;
        for (; !isEnough(node.Status); proposed += Burst)
        {
            Assert.True(proposed < 20_000);
            await ProposeBurstAsync(node, proposed);
        }

        return proposed;
    }

    private static async Task<int[]> ProposeBurstAsync(RaftNode<int> node, int first)
    {
        Applied<int>[] applied = await Task.WhenAll(
            Enumerable.Range(first, Burst).Select(number => node.ProposeAsync(Encoding.UTF8.GetBytes(NameOf(number))).AsTask().WaitAsync(Patience)));
        return [.. applied.Select(static one => one.Result)];
    }

    private TestCluster NewCluster() => new(1, _network.CreateTransport, Small);
}
