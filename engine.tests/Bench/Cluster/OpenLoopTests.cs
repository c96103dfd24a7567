using System;
using System.Diagnostics;
using System.Threading.Tasks;
using RaftEngine.Bench.Cluster;
using RaftEngine.Samples.Kv.Measuring;
using Xunit;

namespace RaftEngine.Tests.Bench.Cluster;

public class OpenLoopTests
{
    private const int PerSecond = 1000;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7777)]
    [InlineData(10_000_000)]
    public void Commands_are_due_evenly_and_no_error_adds_up(int perSecond)
    {
        OpenSchedule schedule = new(Start: 12_345, perSecond);

        Assert.Equal(12_345, schedule.DueAt(0));
        Assert.Equal(12_345 + (3600 * Stopwatch.Frequency), schedule.DueAt(3600L * perSecond));
        long interval = Stopwatch.Frequency / perSecond;
        for (long i = 1; i < 1000; i++)
        {
            Assert.InRange(schedule.DueAt(i) - schedule.DueAt(i - 1), interval, interval + 1);
        }
    }

    [Fact]
    public async Task Commands_that_a_stall_holds_up_count_with_the_time_that_they_were_held_up()
    {
        // The hundredth command stalls the one who sends for 100 ms, in which a hundred more are due: theirs is to be 100 ms, 99 ms, 98 ms, ...
        TimeSpan stall = TimeSpan.FromMilliseconds(100);
        int sent = 0;
        Recorder recorder = new();
        OpenLoop load = new(
            () =>
            {
                if (++sent == 100)
                {
                    long start = Stopwatch.GetTimestamp();
                    while (Stopwatch.GetElapsedTime(start) < stall)
                    {
                        System.Threading.Thread.Sleep(1);
                    }
                }

                return ValueTask.FromResult(default(Applied<long>));
            },
            findLeader: () => true,
            PerSecond,
            recorder);
        recorder.Begin();
        load.Start();
        while (System.Threading.Volatile.Read(ref sent) < 250)
        {
            await Task.Delay(1);
        }

        recorder.End();
        await load.StopAsync();
        LatencyHistogram latencies = recorder.Latencies();

        Assert.True(latencies.MaxMicros >= stall.TotalMicroseconds, $"The longest is {latencies.MaxMicros} us.");
        long atLeastHalf = 0;
        for (int part = 1; part <= 1000; part++)
        {
            atLeastHalf += latencies.PercentileMicros(part / 1000.0) >= stall.TotalMicroseconds / 2 ? 1 : 0;
        }

        // Fifty of some three hundred took half the stall or longer; without correction it is one.
        Assert.InRange(atLeastHalf * latencies.Count / 1000.0, 40, latencies.Count);
        Assert.Equal(0, recorder.Failures);
    }

    [Fact]
    public async Task A_command_that_is_refused_is_brought_again_until_it_is_taken()
    {
        int calls = 0;
        Recorder recorder = new();
        OpenLoop load = new(
            () => ++calls % 2 == 1
                ? ValueTask.FromException<Applied<long>>(new RaftOverloadedException("Queue", 1))
                : ValueTask.FromResult(default(Applied<long>)),
            findLeader: () => true,
            PerSecond,
            recorder);
        recorder.Begin();
        load.Start();
        while (recorder.Completed < 20)
        {
            await Task.Delay(1);
        }

        recorder.End();
        await load.StopAsync();

        Assert.Equal(0, calls % 2);
        Assert.True(recorder.Overloads > 0);
        Assert.Equal(0, recorder.Failures);
        Assert.InRange(recorder.Latencies().Count, 20, (calls / 2) + load.NotSent);
    }
}
