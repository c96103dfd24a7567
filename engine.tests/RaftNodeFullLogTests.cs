using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Simulate.Disk;
using RaftEngine.Storage;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>A node whose log has no room goes on with all that needs none, and says of everything else that it was never appended.</summary>
public sealed class RaftNodeFullLogTests
{
    private const int CommandBytes = 8 << 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly InMemoryNetwork _network = new();

    [Fact]
    public async Task A_full_log_refuses_commands_and_goes_on_reading()
    {
        await using TestCluster cluster = new(1, _network.CreateTransport, options => Patient(options) with { MaxLogBytes = 2 << 20 });
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        int applied = await FillAsync(cluster);

        await Eventually.True(() => node.Status.IsLogFull, "it says so");
        Assert.Equal(applied, cluster.StateMachines[1].Commands.Length);
        await Assert.ThrowsAsync<LogFullException>(async () => await node.ProposeAsync(Command(applied)));
        await node.ReadBarrierAsync();
        await Eventually.True(() => node.Status.DurableIndex == node.Status.LastIndex && node.Status.CommitIndex == node.Status.LastIndex, "all that was taken is durable");
        Assert.False(node.Completion.IsCompleted);

        await node.DisposeAsync();
        await node.Completion;
        Assert.Null(LogInspector.Open(cluster.DataDirectory(1)).Verify().Damage);
    }

    // A restart is an election, and so is a recovery. Each appends, as long as there is room for it.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_only_voter_with_a_full_log_starts_again_and_again_and_serves_reads(bool isFullToTheEnd)
    {
        await using TestCluster cluster = new(1, _network.CreateTransport, options => Patient(options) with { MaxLogBytes = 2 << 20 });
        await cluster.StartAsync();
        int applied = await FillAsync(cluster);
        await cluster.Nodes[1].DisposeAsync();
        if (isFullToTheEnd)
        {
            FillToTheEnd(cluster.Options(1));
        }

        for (int i = 0; i < 3; i++)
        {
            RaftNode<int> node = await cluster.StartAsync(1);
            await cluster.LeaderAsync();
            await node.ReadBarrierAsync().AsTask().WaitAsync(Patience);
            await node.ReadBarrierAsync(ReadConsistency.Lease).AsTask().WaitAsync(Patience);
            Assert.Equal(applied, cluster.StateMachines[1].Commands.Length);
            await Assert.ThrowsAsync<LogFullException>(async () => await node.ProposeAsync(Command(i)));
            Assert.False(node.Completion.IsCompleted);
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_survivor_with_a_full_log_is_recovered_and_serves_reads()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport, options => Patient(options) with { MaxLogBytes = 2 << 20 });
        await cluster.StartAsync();
        await FillAsync(cluster);
        await cluster.ConvergeAsync();
        foreach (ulong id in cluster.Ids)
        {
            await cluster.Nodes[id].DisposeAsync();
            cluster.Nodes.Remove(id);
        }

        await RaftRecovery.RecoverLostQuorumAsync(cluster.Options(1), AcceptedLoss.AcknowledgedCommands);
        RaftNode<int> node = await cluster.StartAsync(1);
        await Eventually.True(() => node.Status.Role == RaftRole.Leader, "it leads alone");
        await node.ReadBarrierAsync().AsTask().WaitAsync(Patience);
        await Assert.ThrowsAsync<LogFullException>(async () => await node.ProposeAsync(Command(0)));
        Assert.False(node.Completion.IsCompleted);
    }

    [Fact]
    public async Task The_only_voter_on_a_full_disk_starts_again_and_serves_reads()
    {
        using FakeDisk disk = new(1 << 20);
        await using TestCluster cluster = new(1, _network.CreateTransport, Patient);
        RaftOptions options = cluster.Options(1);
        long applied = 0;
        for (int i = 0; i < 3; i++)
        {
            ListStateMachine stateMachine = new();
            RaftNode<int> node = await RaftNode.StartOnAsync(options, stateMachine, _network.CreateTransport(1), disk.OpenDirectory);
            cluster.Nodes[1] = node;
            await cluster.LeaderAsync();
            await node.ReadBarrierAsync().AsTask().WaitAsync(Patience);
            Assert.True(stateMachine.Commands.Length >= applied);
            disk.Room = i == 0 ? disk.UsedBytes + (128 << 10) : disk.Room;
            await FillAsync(cluster);
            await node.ReadBarrierAsync().AsTask().WaitAsync(Patience);
            applied = stateMachine.Commands.Length;
            Assert.False(node.Completion.IsCompleted);
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_leader_with_a_full_log_hands_over_to_a_node_with_room()
    {
        ulong bounded = 0;
        await using TestCluster cluster = new(3, _network.CreateTransport, options => Patient(options) with { MaxLogBytes = options.NodeId == bounded ? 2 << 20 : 0 });
        await cluster.StartAsync();
        bounded = await FollowerAsync(cluster);
        await cluster.Nodes[bounded].DisposeAsync();
        RaftNode<int> full = await cluster.StartAsync(bounded);
        await cluster.ConvergeAsync();
        await cluster.HandOverAsync((await cluster.LeaderAsync()).Status.NodeId, bounded);
        await Eventually.True(() => full.Status.Role == RaftRole.Leader, "the bounded one leads");
        for (int i = 0; full.Status.Role == RaftRole.Leader; i++)
        {
            try
            {
                await full.ProposeAsync(Command(i)).AsTask().WaitAsync(Patience);
            }
            catch (Exception e) when (e is LogFullException or NotLeaderException)
            {
                await Task.Delay(5);
            }
        }

        for (int i = 0; i < 300; i++)
        {
            await ProposeToOthersAsync(cluster, bounded, i);
        }
    }

    [Fact]
    public async Task While_a_majority_has_no_room_commands_fail_at_once_and_reads_go_on()
    {
        ulong roomy = 0;
        await using TestCluster cluster = new(3, _network.CreateTransport, options => Patient(options) with { MaxLogBytes = roomy == 0 || options.NodeId == roomy ? 0 : 2 << 20 });
        await cluster.StartAsync();
        roomy = (await cluster.LeaderAsync()).Status.NodeId;
        foreach (ulong id in cluster.Ids.Where(id => id != roomy))
        {
            await cluster.Nodes[id].DisposeAsync();
            await cluster.StartAsync(id);
        }

        RaftNode<int> leader = cluster.Nodes[roomy];
        await cluster.ConvergeAsync();
        for (int i = 0; i < 24; i++)
        {
            await leader.ProposeAsync(new byte[60 << 10]).AsTask().WaitAsync(Patience);
        }

        int unknown = 0;
        await Assert.ThrowsAsync<LogFullException>(async () =>
        {
            for (int i = 0; ; i++)
            {
                try
                {
                    await leader.ProposeAsync(new byte[500]).AsTask().WaitAsync(Patience);
                }
                catch (OutcomeUnknownException)
                {
                    // Appended before the others could tell, on a machine too busy for their heartbeats.
                    Assert.InRange(++unknown, 0, 1);
                }

                if (i % 10 == 0)
                {
                    await Task.Delay(15); // the others tell of it once in 30 ms, with 8 KiB left
                }
            }
        });
        Assert.Equal(unknown, leader.Status.LastIndex - leader.Status.CommitIndex);
        await leader.ReadBarrierAsync().AsTask().WaitAsync(Patience);

        // One of the two gets room.
        ulong other = cluster.Ids.First(id => id != roomy);
        await cluster.Nodes[other].DisposeAsync();
        ulong still = cluster.Ids.First(id => id != roomy && id != other);
        roomy = other;
        await cluster.StartAsync(other);
        await ProposeToOthersAsync(cluster, still, 0);
    }

    // Where all logs are full, the next leader is one of them.
    [Fact]
    public async Task A_cluster_of_full_logs_elects_leaders_and_serves_reads()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport, options => Patient(options) with { MaxLogBytes = 2 << 20 });
        await cluster.StartAsync();
        await FillAsync(cluster);
        RaftNode<int> leader = await cluster.LeaderAsync();
        await leader.DisposeAsync();
        cluster.Nodes.Remove(leader.Status.NodeId);
        await (await cluster.ReadBarrierAsync()).ReadBarrierAsync().AsTask().WaitAsync(Patience);
        await Assert.ThrowsAsync<LogFullException>(async () => await (await cluster.LeaderAsync()).ProposeAsync(Command(0)));
    }

    [Fact]
    public async Task A_follower_with_a_full_log_falls_behind_and_catches_up_once_it_has_room()
    {
        ulong bounded = 0;
        await using TestCluster cluster = new(3, _network.CreateTransport, options => Patient(options) with { MaxLogBytes = options.NodeId == bounded ? 2 << 20 : 0 });
        await cluster.StartAsync();
        bounded = await FollowerAsync(cluster);
        await cluster.Nodes[bounded].DisposeAsync();
        RaftNode<int> full = await cluster.StartAsync(bounded);
        for (int i = 0; i < 400; i++)
        {
            await ProposeToOthersAsync(cluster, bounded, i);
        }

        await Eventually.True(() => full.Status.IsLogFull, "the follower is full");
        RaftNode<int> leader = await cluster.LeaderAsync();
        Assert.True(full.Status.LastIndex < leader.Status.CommitIndex);
        Assert.False(full.Completion.IsCompleted);

        await full.DisposeAsync();
        bounded = 0;
        await cluster.StartAsync(full.Status.NodeId);
        await cluster.ConvergeAsync();
        Assert.Equal(400, cluster.StateMachines[full.Status.NodeId].Commands.Distinct().Count());
    }

    [Fact]
    public async Task A_node_with_a_full_log_votes_and_does_not_lead()
    {
        ulong bounded = 0;
        await using TestCluster cluster = new(
            3, _network.CreateTransport, options => Patient(options) with { MaxLogBytes = bounded == 0 || options.NodeId == bounded ? 2 << 20 : 0 });
        await cluster.StartAsync();
        await FillAsync(cluster);
        await cluster.ConvergeAsync();
        bounded = (await cluster.LeaderAsync()).Status.NodeId;
        foreach (ulong id in cluster.Ids.OrderBy(id => id == bounded))
        {
            await cluster.Nodes[id].DisposeAsync();
            await cluster.StartAsync(id);
        }

        // Three equal logs, one of them with no room for a leader's first entry.
        await cluster.ProposeAsync("room").WaitAsync(Patience);
        RaftNode<int> second = await cluster.LeaderAsync();
        Assert.NotEqual(bounded, second.Status.NodeId);
        RaftNode<int> full = cluster.Nodes[bounded];
        for (int i = 0; !full.Status.IsLogFull; i++)
        {
            await ProposeToOthersAsync(cluster, bounded, i);
        }


        // The leader goes; the last one with room needs the vote of the one without.
        long term = second.Status.Term;
        await second.DisposeAsync();
        cluster.Nodes.Remove(second.Status.NodeId);
        RaftNode<int> third = await Eventually.NotNull(() => cluster.Leader, "another leader");
        Assert.NotEqual(bounded, third.Status.NodeId);
        Assert.True(third.Status.Term > term);
        await Eventually.True(() => full.Status.LeaderId == third.Status.NodeId, "the bounded one follows");
        Assert.False(full.Completion.IsCompleted);
    }

    // A busy machine makes no other leader in the middle of a test. One that stalls for an election timeout does, and no test minds: leaders are asked for anew.
    private static RaftOptions Patient(RaftOptions options) => options with { ElectionTimeout = TimeSpan.FromSeconds(1) };

    private static async Task<ulong> FollowerAsync(TestCluster cluster)
    {
        ulong leaderId = (await cluster.LeaderAsync()).Status.NodeId;
        return cluster.Ids.First(id => id != leaderId);
    }

    // Until it is acknowledged. The bounded node is full at some time, and must not lead then.
    private static async Task ProposeToOthersAsync(TestCluster cluster, ulong bounded, int number)
    {
        while (true)
        {
            try
            {
                await cluster.ProposeAsync(Encoding.UTF8.GetString(Command(number))).WaitAsync(Patience);
                return;
            }
            catch (LogFullException)
            {
                await cluster.HandOverAsync(bounded, cluster.Ids.First(id => id != bounded));
            }
        }
    }

    // To the last byte: first with large commands, then with empty ones.
    private static async Task<int> FillAsync(TestCluster cluster)
    {
        int taken = 0;
        bool isLarge = true;
        while (true)
        {
            try
            {
                RaftNode<int> leader = await cluster.LeaderAsync();
                await leader.ProposeAsync(isLarge ? Command(taken) : []).AsTask().WaitAsync(Patience);
                taken++;
            }
            catch (LogFullException) when (isLarge)
            {
                isLarge = false;
            }
            catch (LogFullException)
            {
                return taken;
            }
            catch (Exception e) when (e is OutcomeUnknownException or NotLeaderException)
            {
                // Another one leads, or soon will.
            }
        }
    }

    // Empty entries until not even one more fits.
    private static void FillToTheEnd(RaftOptions options)
    {
        using DataDirectory data = DataDirectory.Open(FileSystemDirectory.OpenOrCreate(options.DataDirectory), RaftNode.LogOptionsOf(options));
        while (data.Log.TryMakeRoom(RecordFormat.SmallestBytes, data.Log.LastIndex, out _))
        {
            data.Log.Append(EntryKind.NoOp, data.Log.TermAt(data.Log.LastIndex), default);
        }
    }

    private static byte[] Command(int number) => Encoding.UTF8.GetBytes(number.ToString("D6", System.Globalization.CultureInfo.InvariantCulture).PadRight(CommandBytes, 'x'));
}
