using System;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Demo;
using Xunit;

namespace RaftEngine.Tests.Samples;

public class LatencyHistogramTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(1_000_000)]
    [InlineData(LatencyHistogram.MaxNanoseconds)]
    public void One_duration_is_every_percentile_and_at_most_a_32nd_too_high(long nanoseconds)
    {
        LatencyHistogram histogram = new();
        histogram.Record(nanoseconds);
        foreach (double share in (double[])[0, 0.5, 0.999, 1])
        {
            Assert.InRange(histogram.PercentileMicros(share) * 1000, nanoseconds - 0.001, (nanoseconds * (33.0 / 32.0)) + 0.001);
        }
    }

    [Fact]
    public void Percentiles_agree_with_those_of_the_sorted_durations()
    {
        Random random = new(3);
        long[] durations = [.. Enumerable.Range(0, 20_000).Select(_ => (long)Math.Exp(random.NextDouble() * 20))];
        LatencyHistogram histogram = new();
        foreach (long duration in durations)
        {
            histogram.Record(duration);
        }

        Array.Sort(durations);
        foreach (double share in (double[])[0.01, 0.5, 0.9, 0.99, 0.999, 1])
        {
            long exact = durations[Math.Max(0, (int)Math.Ceiling(share * durations.Length) - 1)];
            Assert.InRange(histogram.PercentileMicros(share) * 1000, exact - 0.001, (exact * (33.0 / 32.0)) + 0.001);
        }
    }

    [Fact]
    public void What_is_out_of_range_counts_at_the_ends()
    {
        LatencyHistogram histogram = new();
        histogram.Record(-5);
        histogram.Record(long.MaxValue);
        Assert.Equal(0, histogram.PercentileMicros(0.5));
        Assert.Equal(LatencyHistogram.MaxNanoseconds / 1000.0, histogram.PercentileMicros(1), precision: 3);
        Assert.Equal(0, new LatencyHistogram().PercentileMicros(0.5));
    }

    [Fact]
    public void Recording_from_several_threads_loses_nothing_and_allocates_nothing()
    {
        LatencyHistogram histogram = new();
        Parallel.For(0, 4, _ =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 50_000; i++)
            {
                histogram.Record(i % 100);
            }

            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        });
        Assert.Equal(200_000, histogram.Count);
    }
}
