using System;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Measuring;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Samples;

public class LatencyHistogramTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(1_000_000)]
    [InlineData(LatencyHistogram.MaxNanoseconds)]
    public void One_duration_is_every_percentile_and_at_most_a_hundredth_too_high(long nanoseconds)
    {
        LatencyHistogram histogram = new();
        histogram.Record(nanoseconds);
        foreach (double share in (double[])[0, 0.5, 0.999, 1])
        {
            Assert.InRange(histogram.PercentileMicros(share) * 1000, nanoseconds - 0.001, (nanoseconds * 1.01) + 0.001);
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
            Assert.InRange(histogram.PercentileMicros(share) * 1000, exact - 0.001, (exact * 1.01) + 0.001);
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
            long before = ThreadAllocations.Begin();
            for (int i = 0; i < 50_000; i++)
            {
                histogram.Record(i % 100);
            }

            Assert.Equal(0, ThreadAllocations.Since(before));
        });
        Assert.Equal(200_000, histogram.Count);
    }

    [Fact]
    public void Percentiles_of_two_together_are_those_of_all_that_was_recorded()
    {
        LatencyHistogram whole = new();
        LatencyHistogram[] parts = [new(), new()];
        Random random = new(5);
        for (int i = 0; i < 10_000; i++)
        {
            long duration = (long)Math.Exp(random.NextDouble() * 20);
            whole.Record(duration);
            parts[i % 2].Record(duration);
        }

        parts[0].Add(parts[1]);
        Assert.Equal(whole.Count, parts[0].Count);
        Assert.Equal(whole.MaxMicros, parts[0].MaxMicros);
        foreach (double share in (double[])[0, 0.5, 0.99, 0.999, 1])
        {
            Assert.Equal(whole.PercentileMicros(share), parts[0].PercentileMicros(share));
        }
    }

    [Fact]
    public void The_longest_duration_is_exact()
    {
        LatencyHistogram histogram = new();
        histogram.Record(1_234_567);
        histogram.Record(1_000_000);
        Assert.Equal(1234.567, histogram.MaxMicros);
        Assert.Equal(1234.567, histogram.PercentileMicros(1));
    }
}
