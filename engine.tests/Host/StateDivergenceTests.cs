using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Host;

/// <summary>A state machine that is not deterministic is found within an interval of fingerprints, with the range of indexes.</summary>
public sealed class StateDivergenceTests : IDisposable
{
    private const int Interval = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // What a command adds to the state, by the node and how often it has been called: all of these differ between replicas.
    private static readonly Dictionary<string, Func<Call, ulong>> Plants = new()
    {
        ["a random number"] = static _ => (ulong)Random.Shared.NextInt64(),
        ["a Guid"] = static _ => Hash(Guid.NewGuid().ToByteArray()),
        ["the time of day"] = static _ => (ulong)DateTime.UtcNow.Ticks + Tick(),
        ["a stopwatch"] = static _ => (ulong)System.Diagnostics.Stopwatch.GetTimestamp() + Tick(),
        ["the thread"] = static _ => (ulong)Environment.CurrentManagedThreadId,
        ["the node's id"] = static call => call.NodeId,
        ["a counter of the process"] = static _ => Tick(),
        ["an object's hash code"] = static _ => (ulong)RuntimeHelpers.GetHashCode(new object()),
        ["the culture of the node"] = static call => Hash(Encoding.UTF8.GetBytes(
            1.5.ToString(new NumberFormatInfo { NumberDecimalSeparator = call.NodeId == 1 ? "," : "." }))),
        ["a command skipped on one node"] = static call => call.NodeId == 2 ? 0 : 7ul,
        ["a command applied twice on one node"] = static call => call.NodeId == 3 ? 14 : 7ul,
        ["an overflow on one node"] = static call => call.NodeId == 1 ? unchecked((byte)300) : 300ul,
        ["rounding on one node"] = static call => call.NodeId == 1 ? (ulong)(0.1f + 0.7f == 0.8f ? 1 : 2) : (ulong)(0.1 + 0.7 == 0.8 ? 3 : 4),
        ["the order of a set"] = static call => call.NodeId == 1 ? Order([3, 1, 2]) : Order([2, 3, 1]),
        ["the directory of the node"] = static call => Hash(Encoding.UTF8.GetBytes($"/data/{call.NodeId}")),
        ["what another thread wrote"] = static _ => Tick() * 3,
        ["a cache that one node lost"] = static call => call.NodeId == 2 ? 0 : (ulong)call.Calls,
        ["memory that flipped a bit"] = static call => call.NodeId == 3 ? 1ul << 17 : 0,
        ["an allocation"] = static call => (ulong)GC.GetAllocatedBytesForCurrentThread() + call.NodeId,
        ["a setting of one node"] = static call => call.NodeId == 1 ? 10 : 20ul,
    };

    private static long s_ticks;

    private readonly TemporaryDirectory _directory = new();
    private readonly InMemoryNetwork _network = new();

    public void Dispose() => _directory.Dispose();

    // All at once: most of the time of each is its election.
    [Fact]
    public async Task Whatever_a_state_depends_on_beside_the_log_is_found_within_an_interval()
    {
        Assert.Equal(20, Plants.Count);
        await Task.WhenAll(Plants.Select(static plant => FindAsync(plant.Key, plant.Value)));
    }

    private static async Task FindAsync(string kind, Func<Call, ulong> plant)
    {
        using TemporaryDirectory directory = new();
        InMemoryNetwork network = new();
        RaftNode<ulong>[] nodes = [.. await Task.WhenAll(Enumerable.Range(1, 3).Select(id => StartAsync(directory, network, (ulong)id, plant)))];
        RaftNode<ulong> leader = await LeaderAsync(nodes);
        await ProposeAsync(leader, 3 * Interval);
        Assert.All(nodes, static node => Assert.False(node.Completion.IsCompleted));
        long planted = (await leader.ProposeAsync("plant"u8.ToArray())).Index;
        await Record.ExceptionAsync(() => ProposeAsync(leader, 2 * Interval)); // it may be the one that stops

        Task found = await Task.WhenAny(nodes.Select(static node => node.Completion)).WaitAsync(Patience);
        Assert.True(found.Exception?.InnerException is StateDivergedException, $"{kind}: {found.Exception}");
        StateDivergedException diverged = (StateDivergedException)found.Exception!.InnerException!;
        Assert.InRange(planted, diverged.AgreedIndex + 1, diverged.Index);
        Assert.InRange(diverged.Index, planted, planted + Interval);
        Assert.NotEqual(0, diverged.AgreedIndex);
        Assert.NotEqual(diverged.Expected, diverged.Actual);
        foreach (RaftNode<ulong> node in nodes)
        {
            await node.AbortAsync();
        }
    }

    [Fact]
    public async Task A_fingerprint_that_throws_stops_the_node_and_names_the_index()
    {
        RaftNode<ulong> node = await RaftNode.StartAsync(
            Options(_directory, 1) with { Voters = [1] }, new PlantedState(1, static _ => 0) { FingerprintThrows = true }, _network.CreateTransport(1));
        await node.WaitForLeadershipAsync().WaitAsync(Patience);
        await Record.ExceptionAsync(() => ProposeAsync(node, 2 * Interval));

        StateMachineFailedException failure = await Assert.ThrowsAsync<StateMachineFailedException>(() => node.Completion.WaitAsync(Patience));
        Assert.InRange(failure.Index, Interval, Interval + 3);
    }

    [Fact]
    public async Task Replicas_that_agree_go_on_over_changes_of_leader_restarts_and_snapshots()
    {
        RaftNode<ulong>[] nodes = [.. await Task.WhenAll(Enumerable.Range(1, 3).Select(id => StartAsync(_directory, _network, (ulong)id, static _ => 0)))];
        for (int round = 0; round < 4; round++)
        {
            RaftNode<ulong> leader = await LeaderAsync(nodes);
            await Record.ExceptionAsync(() => ProposeAsync(leader, 8 * Interval)); // it may just lose its leadership
            int restarted = round % 3;
            await nodes[restarted].DisposeAsync();
            nodes[restarted] = await StartAsync(_directory, _network, (ulong)restarted + 1, static _ => 0);
        }

        RaftNode<ulong> last = await LeaderAsync(nodes);
        await last.ProposeAsync("end"u8.ToArray());
        await Eventually.True(() => nodes.All(node => node.Status.AppliedIndex == last.Status.LastIndex), "all have all");
        Assert.All(nodes, static node => Assert.False(node.Completion.IsCompleted));
        Assert.True(nodes.All(static node => node.Status.SnapshotIndex > 0));
        foreach (RaftNode<ulong> node in nodes)
        {
            await node.DisposeAsync();
        }
    }

    private static Task<RaftNode<ulong>> LeaderAsync(RaftNode<ulong>[] nodes) => Eventually.NotNull(
        () => nodes.FirstOrDefault(node => node.Status.Role == RaftRole.Leader && nodes.Count(other => other.Status.LeaderId == node.Status.NodeId) > 1), "a node leads");

    private static async Task ProposeAsync(RaftNode<ulong> leader, int count)
    {
        for (int i = 0; i < count; i += 16)
        {
            await Task.WhenAll(Enumerable.Range(i, 16).Select(i => leader.ProposeAsync(BitConverter.GetBytes(i)).AsTask())).WaitAsync(Patience);
        }
    }

    private static ulong Tick() => (ulong)Interlocked.Increment(ref s_ticks);

    private static ulong Hash(byte[] bytes) => System.IO.Hashing.XxHash3.HashToUInt64(bytes);

    private static ulong Order(int[] values) => values.Aggregate(0ul, static (hash, value) => (hash * 31) + (ulong)value);

    private static async Task<RaftNode<ulong>> StartAsync(TemporaryDirectory directory, InMemoryNetwork network, ulong id, Func<Call, ulong> plant) =>
        await RaftNode.StartAsync(Options(directory, id), new PlantedState(id, plant), network.CreateTransport(id));

    private static RaftOptions Options(TemporaryDirectory directory, ulong id) => new()
    {
        NodeId = id,
        Voters = [1, 2, 3],
        ClusterId = new Guid("a3a1f3b0-7c0f-4c55-9ef0-3a1a3c5f5f10"),
        DataDirectory = directory.Sub(id.ToString(CultureInfo.InvariantCulture)),
        Durability = Durability.None,
        SegmentSizeBytes = 64 << 10,
        MaxCommandBytes = 4 << 10,
        SnapshotLogBytes = 64 << 10,
        RetainedLogBytes = 0,
        ElectionTimeout = TimeSpan.FromSeconds(1),
        FingerprintInterval = Interval,
    };

    private readonly record struct Call(ulong NodeId, int Calls);

    /// <summary>Deterministic but for the command "plant".</summary>
    private sealed class PlantedState(ulong nodeId, Func<Call, ulong> plant) : ISnapshotStateMachine<ulong>, IFingerprintedState
    {
        private ulong _state;
        private int _calls;

        public ulong Apply(in LogEntry entry)
        {
            _calls++;
            bool isPlanted = entry.Payload.SequenceEqual("plant"u8);
            return _state = (_state * 31) + (isPlanted ? plant(new Call(nodeId, _calls)) : System.IO.Hashing.XxHash3.HashToUInt64(entry.Payload));
        }

        public bool FingerprintThrows { get; init; }

        public ulong Fingerprint() => FingerprintThrows ? throw new InvalidOperationException("No fingerprint.") : _state;

        public Action<Stream> CaptureSnapshot()
        {
            ulong state = _state;
            return stream => stream.Write(BitConverter.GetBytes(state));
        }

        public void RestoreSnapshot(Stream stream)
        {
            byte[] bytes = new byte[sizeof(ulong)];
            stream.ReadExactly(bytes);
            _state = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        }
    }
}
