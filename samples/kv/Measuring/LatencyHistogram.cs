using System;
using System.Numerics;
using System.Threading;

namespace RaftEngine.Samples.Kv.Measuring;

/// <summary>
/// Counts durations in buckets that are 1/128 of their power of two wide, so that a percentile is at most 1% too high
/// and never too low. Recording allocates nothing and may be done from any thread; reading is exact once recording has
/// ended.
/// </summary>
internal sealed class LatencyHistogram
{
    /// <summary>The longest duration that is told apart from longer ones: 2^37 ns, about 137 s.</summary>
    public const long MaxNanoseconds = (1L << MaxBits) - 1;

    private const int MaxBits = 37;
    private const int SubBits = 7;
    private const int SubBuckets = 1 << SubBits;

    private readonly long[] _counts = new long[(MaxBits - SubBits + 1) * SubBuckets];
    private long _longest;

    /// <summary>How many durations were recorded.</summary>
    public long Count
    {
        get
        {
            long count = 0;
            foreach (long bucket in _counts)
            {
                count += bucket;
            }

            return count;
        }
    }

    /// <summary>The longest duration, exactly, in microseconds; 0 if nothing was recorded.</summary>
    public double MaxMicros => Interlocked.Read(ref _longest) / 1000.0;

    /// <summary>Records one duration; a negative one counts as none.</summary>
    public void Record(TimeSpan duration) => Record((long)duration.TotalNanoseconds);

    /// <summary>Records one duration in nanoseconds.</summary>
    public void Record(long nanoseconds)
    {
        nanoseconds = Math.Clamp(nanoseconds, 0, MaxNanoseconds);
        Interlocked.Increment(ref _counts[BucketOf(nanoseconds)]);
        KeepLongest(nanoseconds);
    }

    /// <summary>Adds all that another has recorded.</summary>
    public void Add(LatencyHistogram other)
    {
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            Interlocked.Add(ref _counts[bucket], other._counts[bucket]);
        }

        KeepLongest(Interlocked.Read(ref other._longest));
    }

    /// <summary>The duration that this share of all durations does not exceed, in microseconds; 0 if nothing was recorded.</summary>
    /// <param name="share">0 to 1: 0.99 for the 99th percentile.</param>
    public double PercentileMicros(double share)
    {
        long wanted = Math.Max(1, (long)Math.Ceiling(share * Count));
        long seen = 0;
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= wanted)
            {
                return Math.Min(UpperEnd(bucket) / 1000.0, MaxMicros);
            }
        }

        return 0;
    }

    private void KeepLongest(long nanoseconds)
    {
        long longest = Interlocked.Read(ref _longest);
        while (nanoseconds > longest)
        {
            long seen = Interlocked.CompareExchange(ref _longest, nanoseconds, longest);
            if (seen == longest)
            {
                return;
            }

            longest = seen;
        }
    }

    private static int BucketOf(long value)
    {
        if (value < SubBuckets)
        {
            return (int)value;
        }

        int shift = BitOperations.Log2((ulong)value) - SubBits;
        return ((shift + 1) << SubBits) + (int)(value >> shift) - SubBuckets;
    }

    private static long UpperEnd(int bucket)
    {
        if (bucket < SubBuckets)
        {
            return bucket;
        }

        int shift = (bucket >> SubBits) - 1;
        long lead = (bucket & (SubBuckets - 1)) + SubBuckets;
        return ((lead + 1) << shift) - 1;
    }
}
