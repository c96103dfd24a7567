using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Snapshots;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>With a state machine that takes snapshots, the log stays small and a start short, and nothing is lost.</summary>
public sealed class RaftNodeSnapshotTests
{
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

        RaftNode<int> node = await cluster.StartAsync(1);
        await Eventually.True(() => node.Status.AppliedIndex >= before.AppliedIndex, "all is there again");
        Assert.Equal(Enumerable.Range(0, proposed).Select(NameOf), cluster.StateMachines[1].Commands);
        Assert.True(cluster.StateMachines[1].Applied < proposed - 400);
        Assert.Equal(before.SnapshotIndex, node.Status.SnapshotIndex);
        Assert.Equal(proposed, (await cluster.ProposeAsync("more")).Result);
        Assert.Single(Directory.GetFiles(cluster.DataDirectory(1), "*" + SnapshotFormat.Extension));
    }

    [Fact]
    public async Task A_node_that_is_killed_again_and_again_while_it_takes_snapshots_loses_nothing()
    {
        await using TestCluster cluster = NewCluster();
        int acknowledged = 0;
        for (int round = 0; round < 6; round++)
        {
            RaftNode<int> node = await cluster.StartAsync(1);
            for (int i = 0; i < 700; i++)
            {
                Assert.Equal(acknowledged, (await cluster.ProposeAsync(NameOf(acknowledged))).Result);
                acknowledged++;
            }

            await node.AbortAsync();
        }

        RaftNode<int> last = await cluster.StartAsync(1);
        await Eventually.True(() => cluster.StateMachines[1].Commands.Length == acknowledged, "all is there again");
        Assert.Equal(Enumerable.Range(0, acknowledged).Select(NameOf), cluster.StateMachines[1].Commands);
        Assert.True(last.Status.FirstIndex > 1000);
    }

    [Fact]
    public async Task A_bound_on_the_log_is_no_bound_on_the_number_of_commands()
    {
        await using TestCluster cluster = new(1, _network.CreateTransport, options => Small(options) with { MaxLogBytes = 512 << 10 });
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        for (int i = 0; i < 10_000; i++)
        {
            while (true)
            {
                try
                {
                    await node.ProposeAsync(Encoding.UTF8.GetBytes(NameOf(i))).AsTask().WaitAsync(Patience);
                    break;
                }
                catch (LogFullException)
                {
                    await Task.Delay(1);
                }
            }
        }

        Assert.Equal(10_000, cluster.StateMachines[1].Commands.Length);
        Assert.True(Directory.GetFiles(cluster.DataDirectory(1), "*.segment").Sum(file => new FileInfo(file).Length) <= 512 << 10);
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
    public async Task A_state_that_can_not_be_written_stops_the_node()
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

    private static string NameOf(int number) => number.ToString("D8", System.Globalization.CultureInfo.InvariantCulture) + new string('x', 192);

    private static RaftOptions Small(RaftOptions options) => options with
    {
        SegmentSizeBytes = 64 << 10,
        MaxCommandBytes = 16 << 10,
        SnapshotLogBytes = 128 << 10,
        RetainedLogBytes = 32 << 10,
    };

    private static async Task<int> ProposeUntilAsync(TestCluster cluster, Func<RaftStatus, bool> isEnough)
    {
        RaftNode<int> node = await cluster.LeaderAsync();
        int proposed = 0;
        for (; !isEnough(node.Status); proposed++)
        {
            Assert.True(proposed < 20_000);
            await node.ProposeAsync(Encoding.UTF8.GetBytes(NameOf(proposed))).AsTask().WaitAsync(Patience);
        }

        return proposed;
    }

    private TestCluster NewCluster() => new(1, _network.CreateTransport, Small);
}
