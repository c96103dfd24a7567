using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Pipeline;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Pipeline;

public class LatencySamplerTests
{
    private readonly List<long> _complete = [];
    private long _time;

    [Theory]
    [InlineData(1, Durability.Fsync)]
    [InlineData(3, Durability.Fsync)]
    [InlineData(3, Durability.None)]
    public async Task The_stages_of_a_sample_follow_each_other_within_the_time_that_the_caller_waited(int nodes, Durability durability)
    {
        const int Commands = 300;
        const int AtOnce = 3;
        InMemoryNetwork network = new();
        await using TestCluster cluster = new(nodes, network.CreateTransport, options => Adapt(options, durability));
        await cluster.StartAsync();
        ConcurrentDictionary<long, Stamps> samples = new();
        ConcurrentDictionary<long, (long From, long To)> waits = new();
        LatencySampler sampler = new(1, sample => Assert.True(samples.TryAdd(sample.Index, Stamps.Of(sample))));
        Assert.All(cluster.Nodes.Values, node => node.SampleLatencies(sampler));

        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < Commands / AtOnce; i++)
            {
                (long index, long from) = await ProposeAsync(cluster);
                waits[index] = (from, Stopwatch.GetTimestamp());
            }
        })));

        Assert.Equal(Commands, waits.Count);
        Assert.Equal(waits.Keys.Order(), samples.Keys.Order());
        Assert.All(waits, wait =>
        {
            Stamps stamps = samples[wait.Key];
            long[] inOrder = [wait.Value.From, .. stamps.InOrder, wait.Value.To];
            Assert.Equal(inOrder.Order(), inOrder);
            if (stamps.Durable != 0)
            {
                Assert.InRange(stamps.Durable, stamps.Written, stamps.Committed);
            }
        });

        // Alone, a node waits for its own disk; whom no disk is waited for, has no sync.
        int synced = samples.Values.Count(static stamps => stamps.Durable != 0);
        Assert.InRange(synced, nodes == 1 && durability == Durability.Fsync ? Commands : 0, durability == Durability.Fsync ? Commands : 0);
    }

    [Fact]
    public async Task Without_a_sampler_no_command_reads_its_clock()
    {
        InMemoryNetwork network = new();
        await using TestCluster cluster = new(1, network.CreateTransport, static options => Adapt(options, Durability.None));
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        long reads = 0;
        LatencySampler sampler = new(1, static _ => { }, () => Interlocked.Increment(ref reads));

        await leader.ProposeAsync(new byte[8]);
        Assert.Equal(0, reads);
        leader.SampleLatencies(sampler);
        await leader.ProposeAsync(new byte[8]);
        long afterOne = reads;
        leader.SampleLatencies(null);
        for (int i = 0; i < 20; i++)
        {
            await leader.ProposeAsync(new byte[8]);
        }

        Assert.InRange(afterOne, 7, 9); // each stage once
        Assert.Equal(afterOne, reads);
    }

    [Fact]
    public void One_use_in_so_many_of_each_operation_is_sampled_and_the_others_read_no_clock()
    {
        LatencySampler sampler = NewSampler(every: 4);
        OperationPool<long> pool = new(2, runContinuationsAsynchronously: false);
        Operation<long> first = pool.TryRent()!;
        Operation<long> second = pool.TryRent()!;
        SamplesUnderWay underWay = new();

        List<(int Slot, int Use)> sampled = [];
        for (int use = 0; use < 8; use++)
        {
            foreach (Operation<long> operation in (Operation<long>[])[first, second])
            {
                long before = _time;
                sampler.Begin(operation);
                if (operation.Sample is { } sample)
                {
                    sampled.Add((operation.Slot, use));
                    operation.Sample = null;
                    sample.End();
                }
                else
                {
                    underWay.Add(operation, taken: 0);
                    Pass(underWay, 1);
                    Assert.Equal(before, _time);
                }
            }
        }

        Assert.Equal([(0, 0), (1, 3), (0, 4), (1, 7)], sampled);
        Assert.Empty(_complete);
    }

    [Fact]
    public async Task A_sample_is_complete_when_its_caller_has_the_result()
    {
        LatencySampler sampler = NewSampler();
        OperationPool<long> pool = new(1, runContinuationsAsynchronously: false);
        Operation<long> operation = Append(sampler, pool, index: 5, out SamplesUnderWay underWay);
        ValueTask<long> wait = new(operation, operation.Version);
        Pass(underWay, 5);
        operation.CompleteHere(1);
        Assert.Empty(_complete);

        await wait;

        Assert.Equal([5], _complete);
        Assert.Null(operation.Sample);
    }

    [Fact]
    public async Task A_command_that_fails_shows_nothing_and_its_sample_is_used_again()
    {
        LatencySampler sampler = NewSampler();
        OperationPool<long> pool = new(LatencySampler.MaxUnderWay + 1, runContinuationsAsynchronously: false);
        Operation<long>[] operations = [.. Enumerable.Range(0, LatencySampler.MaxUnderWay + 1).Select(_ => pool.TryRent()!)];
        Array.ForEach(operations, sampler.Begin);
        Assert.All(operations[..^1], static operation => Assert.NotNull(operation.Sample));
        Assert.Null(operations[^1].Sample);

        LatencySample sample = operations[0].Sample!;
        ValueTask<long> wait = new(operations[0], operations[0].Version);
        operations[0].Fail(new NotLeaderException(0));
        await Assert.ThrowsAsync<NotLeaderException>(async () => await wait);

        Assert.Empty(_complete);
        sampler.Begin(operations[^1]);
        Assert.Same(sample, operations[^1].Sample);
    }

    [Fact]
    public async Task Of_a_wait_that_is_cancelled_the_sample_stays_with_the_pipeline_until_that_lets_go()
    {
        LatencySampler sampler = NewSampler();
        OperationPool<long> pool = new(1, runContinuationsAsynchronously: false);
        Operation<long> operation = Append(sampler, pool, index: 5, out SamplesUnderWay underWay);
        using CancellationTokenSource source = new();
        operation.CancelWaitOn(source.Token);
        ValueTask<long> wait = new(operation, operation.Version);
        await source.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await wait);
        Assert.NotNull(operation.Sample);

        Pass(underWay, 5);
        operation.CompleteHere(1);

        Assert.Null(operation.Sample);
        Assert.Empty(_complete);
    }

    [Fact]
    public void Each_stage_is_stamped_once_and_a_stage_without_a_waiter_is_not()
    {
        LatencySampler sampler = NewSampler();
        OperationPool<long> pool = new(4, runContinuationsAsynchronously: false);
        SamplesUnderWay underWay = new();
        LatencySample[] samples = [.. Enumerable.Range(1, 4).Select(index => Append(sampler, pool, index, underWay).Sample!)];

        underWay.Written();
        underWay.Committed(1); // alone, a node knows before it has sent anything
        underWay.Sent();
        underWay.Durable(2);
        underWay.Committed(2);
        underWay.Durable(3);
        underWay.Published(2);
        underWay.Committed(3);
        underWay.Durable(4);
        underWay.Sent();
        underWay.Written();
        underWay.Published(3);

        // All were proposed and taken by 8. Then each call that has something to stamp reads the clock once.
        Assert.Equal((9, 10, 10, 0), (samples[0].Written, samples[0].Sent, samples[0].Committed, samples[0].Durable));
        Assert.Equal((9, 11, 12, 13), (samples[1].Written, samples[1].Sent, samples[1].Durable, samples[1].Committed));
        Assert.Equal((9, 11, 14, 16), (samples[2].Written, samples[2].Sent, samples[2].Durable, samples[2].Committed));
        Assert.Equal((9, 11, 17, 0), (samples[3].Written, samples[3].Sent, samples[3].Durable, samples[3].Committed));
        Assert.Equal([15, 15, 18, 0], samples.Select(static sample => sample.Published));
    }

    [Fact]
    public void After_leadership_has_ended_nothing_is_stamped()
    {
        LatencySampler sampler = NewSampler();
        OperationPool<long> pool = new(1, runContinuationsAsynchronously: false);
        LatencySample sample = Append(sampler, pool, index: 1, out SamplesUnderWay underWay).Sample!;

        underWay.Clear();
        Pass(underWay, 1);

        Assert.Equal([0, 0, 0, 0, 0], [sample.Written, sample.Sent, sample.Durable, sample.Committed, sample.Published]);
    }

    // A node that is alone cannot lose an election, and need not wait long for one.
    private static RaftOptions Adapt(RaftOptions options, Durability durability) => options.Voters.Count > 1
        ? options with { Durability = durability }
        : options with { Durability = durability, ElectionTimeout = TimeSpan.FromMilliseconds(60), HeartbeatInterval = TimeSpan.FromMilliseconds(20) };

    // On a busy machine a leader may be replaced; what fails then has no sample.
    private static async Task<(long Index, long From)> ProposeAsync(TestCluster cluster)
    {
        while (true)
        {
            RaftNode<int> leader = await cluster.LeaderAsync();
            long from = Stopwatch.GetTimestamp();
            try
            {
                return ((await leader.ProposeAsync(new byte[8])).Index, from);
            }
            catch (Exception e) when (e is NotLeaderException or OutcomeUnknownException)
            {
            }
        }
    }

    private static void Pass(SamplesUnderWay underWay, long index)
    {
        underWay.Written();
        underWay.Sent();
        underWay.Durable(index);
        underWay.Committed(index);
        underWay.Published(index);
    }

    private static Operation<long> Append(LatencySampler sampler, OperationPool<long> pool, long index, SamplesUnderWay underWay)
    {
        Operation<long> operation = pool.TryRent()!;
        sampler.Begin(operation);
        operation.Index = index;
        underWay.Add(operation, taken: sampler.Now);
        return operation;
    }

    private static Operation<long> Append(LatencySampler sampler, OperationPool<long> pool, long index, out SamplesUnderWay underWay)
    {
        underWay = new SamplesUnderWay();
        return Append(sampler, pool, index, underWay);
    }

    private LatencySampler NewSampler(int every = 1) => new(every, sample => _complete.Add(sample.Index), () => ++_time);

    private sealed record Stamps(long[] InOrder, long Written, long Durable, long Committed)
    {
        public static Stamps Of(LatencySample sample) => new(
            [sample.Called, sample.Taken, sample.Written, sample.Sent, sample.Committed, sample.Published, sample.Applied, sample.Delivered],
            sample.Written,
            sample.Durable,
            sample.Committed);
    }
}
