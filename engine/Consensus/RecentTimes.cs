using System;
using System.Numerics;

namespace RaftEngine.Consensus;

/// <summary>
/// How times are distributed, of late: counts in buckets whose bounds are an eighth of a power of two apart. Whenever there are <see cref="Most"/>, all counts are halved,
/// so that what is old weighs less and less. It takes 1.3 KiB, and never more.
/// </summary>
internal sealed class RecentTimes
{
    /// <summary>At so many, all counts are halved.</summary>
    private const int Most = 1024;

    private const int StepsInPower = 8;
    private const int StepBits = 3;
    private const int HighestPower = 40; // of ticks of 100 ns: 30 hours

    private readonly int[] _counts = new int[(HighestPower + 1) * StepsInPower];
    private int _count;

    /// <summary>Takes in one more.</summary>
    /// <param name="time">The time; not negative.</param>
    public void Add(TimeSpan time)
    {
        _counts[BucketOf(time.Ticks)]++;
        if (++_count == Most)
        {
            _count = 0;
            foreach (ref int count in _counts.AsSpan())
            {
                count /= 2;
                _count += count;
            }
        }
    }

    /// <summary>What 99 of 100 times are not above, to an eighth; zero if there is none. Of fewer than 200 the two longest do not count, once there are twenty: what happened once
    /// or twice, as at a start, says little of what is to come.</summary>
    public TimeSpan Percentile99()
    {
        int above = Math.Max(_count / 100, Math.Min(_count / 10, 2));
        for (int i = _counts.Length - 1; i >= 0; i--)
        {
            above -= _counts[i];
            if (above < 0)
            {
                return new TimeSpan(UpperBoundOf(i));
            }
        }

        return TimeSpan.Zero;
    }

    // Below eight ticks a bucket is a tick; above, the highest bit and the three behind it tell.
    private static int BucketOf(long ticks)
    {
        long clamped = Math.Clamp(ticks, 0, (1L << HighestPower) - 1);
        int power = BitOperations.Log2((ulong)clamped | 1);
        return power < StepBits ? (int)clamped : ((power - StepBits + 1) * StepsInPower) + (int)((clamped >> (power - StepBits)) & (StepsInPower - 1));
    }

    private static long UpperBoundOf(int bucket)
    {
        int shift = (bucket / StepsInPower) - 1;
        return shift < 0 ? bucket : ((long)(StepsInPower + (bucket % StepsInPower) + 1) << shift) - 1;
    }
}
