using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using RaftEngine.Bench.Cluster;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Bench.Cluster;

public class StageTimesTests
{
    private static readonly long Micro = Stopwatch.Frequency / 1_000_000;

    [Fact]
    public void Stages_are_told_apart_and_make_up_the_whole()
    {
        StageTimes times = new([new FrameTimes()], syncs: true);
        times.Add(Sample(times, index: 1, durable: 300));

        Explanation explanation = times.Explain();

        Assert.Equal(
            ["inbox 10", "append 20", "send 30", "quorum 240", "own sync, meanwhile 270", "publish 5", "apply 15", "delivery 80", "total 400"],
            explanation.Stages.Select(static stage => $"{stage.Stage} {stage.MeanMicros}"));
        IEnumerable<StageTime> inARow = explanation.Stages.Where(static stage => stage.Stage is not ("own sync, meanwhile" or "total"));
        Assert.Equal(100, inARow.Sum(static stage => stage.SharePercent!.Value), tolerance: 0.5);
        Assert.All(explanation.Stages, static stage => Assert.InRange(stage.P99Micros, stage.P50Micros, stage.MaxMicros));
        SampledCommand slowest = Assert.Single(explanation.Slowest);
        Assert.Equal((1, 400.0), (slowest.Index, slowest.Micros[^1]!.Value));
    }

    [Fact]
    public void A_sync_without_a_waiter_does_not_count()
    {
        StageTimes times = new([new FrameTimes()], syncs: true);
        times.Add(Sample(times, index: 1, durable: 300));
        times.Add(Sample(times, index: 2, durable: 0, longer: 1));

        Explanation explanation = times.Explain();

        int sync = explanation.Stages.ToList().FindIndex(static stage => stage.Stage == "own sync, meanwhile");
        Assert.Equal(1, explanation.Stages[sync].Commands);
        Assert.Null(explanation.Slowest[0].Micros[sync]);
        Assert.Equal(270, explanation.Slowest[1].Micros[sync]);
    }

    [Theory]
    [InlineData(true, true, 1)]   // its own sync and the first peer
    [InlineData(true, false, 2)]  // two peers
    [InlineData(false, false, 1)] // what is written counts
    public void The_peer_that_made_the_majority_divides_the_quorum(bool syncs, bool isSynced, int decisive)
    {
        FrameTimes[] nodes = [new(), new(), new()];
        StageTimes times = new(nodes, syncs);
        LatencySample sample = new(times.Sampler) { Index = 7 };
        sample.Called = sample.Taken = sample.Written = sample.Sent = Wait();
        long[] arrived = new long[3], acknowledged = new long[3];
        for (int peer = 1; peer < 3; peer++)
        {
            nodes[peer].Taken(new Message { Kind = MessageKind.AppendRequest, Index = 1, LastIndex = 6 }, 0);
            nodes[peer].Sending(new Message { Kind = MessageKind.AppendResponse, Index = 6 }, 0);
            Wait();
            nodes[peer].Taken(new Message { Kind = MessageKind.AppendRequest, Index = 6, LastIndex = 8 }, 0);
            arrived[peer] = Wait();
            nodes[peer].Sending(new Message { Kind = MessageKind.AppendResponse, Index = 8 }, 0);
            acknowledged[peer] = Wait();
            nodes[peer].Sending(new Message { Kind = MessageKind.AppendResponse, Index = 9 }, 0);
        }

        sample.Committed = sample.Published = sample.Applied = sample.Delivered = Wait();
        sample.Durable = isSynced ? sample.Committed : 0;
        times.Add(sample);

        Explanation explanation = times.Explain();
        double toPeer = Of("quorum: to the peer"), atPeer = Of("quorum: at the peer"), fromPeer = Of("quorum: from the peer");
        Assert.Equal(Of("quorum"), toPeer + atPeer + fromPeer, tolerance: 0.01);
        double untilTaken = Stopwatch.GetElapsedTime(sample.Sent, arrived[decisive]).TotalMicroseconds;
        double untilAnswered = Stopwatch.GetElapsedTime(sample.Sent, acknowledged[decisive]).TotalMicroseconds;
        Assert.InRange(toPeer, decisive == 2 ? Stopwatch.GetElapsedTime(sample.Sent, acknowledged[1]).TotalMicroseconds - 0.2 : 0, untilTaken + 0.2);
        Assert.InRange(toPeer + atPeer, untilTaken - 0.2, untilAnswered + 0.2);

        double Of(string stage) => explanation.Stages.Single(time => time.Stage == stage).MeanMicros;
    }

    [Fact]
    public void The_slowest_are_kept_the_slowest_first_and_one_of_those_that_were_committed_together()
    {
        StageTimes times = new([new FrameTimes()], syncs: false);
        foreach (int longer in (int[])[3, 9, 1, 7, 5, 2, 8, 4, 6])
        {
            LatencySample sample = Sample(times, index: longer, durable: 0, longer: longer);
            sample.Committed += longer switch { 8 => -1, 6 => 2, _ => 0 }; // as that of 9 and that of 4
            times.Add(sample);
        }

        Assert.Equal([9, 7, 6, 5, 3], times.Explain().Slowest.Select(static slow => slow.Index));
    }

    [Fact]
    public void To_take_a_sample_allocates_nothing()
    {
        FrameTimes[] nodes = [new(), new(), new()];
        StageTimes times = new(nodes, syncs: true);
        foreach (FrameTimes peer in nodes[1..])
        {
            peer.Taken(new Message { Kind = MessageKind.AppendRequest, Index = 0, LastIndex = 1 }, 0);
            peer.Sending(new Message { Kind = MessageKind.AppendResponse, Index = 1 }, 0);
        }

        LatencySample sample = Sample(times, index: 1, durable: 0);
        sample.Committed = sample.Published = sample.Applied = sample.Delivered = Wait();
        times.Add(sample);

        long before = ThreadAllocations.Begin();
        times.Add(sample);
        Assert.Equal(0, ThreadAllocations.Since(before));
        Assert.Contains(times.Explain().Stages, static stage => stage is { Stage: "quorum: at the peer", Commands: 2 });
    }

    // Some microseconds later.
    private static long Wait()
    {
        long from = Stopwatch.GetTimestamp();
        while (Stopwatch.GetTimestamp() < from + (5 * Micro))
        {
        }

        return Stopwatch.GetTimestamp();
    }

    private static LatencySample Sample(StageTimes times, long index, int durable, int longer = 0) => new(times.Sampler)
    {
        Index = index,
        Called = 1 * Micro,
        Taken = 11 * Micro,
        Written = 31 * Micro,
        Sent = 61 * Micro,
        Durable = durable == 0 ? 0 : (durable + 1) * Micro,
        Committed = (301 * Micro) - longer,
        Published = 306 * Micro,
        Applied = 321 * Micro,
        Delivered = (401 + longer) * Micro,
    };
}
