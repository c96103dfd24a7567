using System;
using System.Numerics;

namespace RaftEngine.LogDump.Reading;

/// <summary>How many payloads there are of which size: sizes below 8 bytes one by one, above that four buckets to each power of two.</summary>
internal sealed class SizeHistogram
{
    private const int Buckets = 8 + (4 * 29);

    private readonly long[] _counts = new long[Buckets];
    private readonly long[] _bytes = new long[Buckets];

    public long Count { get; private set; }

    public long TotalBytes { get; private set; }

    public long Largest { get; private set; }

    /// <summary>The first bucket from one on that is not empty; the number of buckets if there is none.</summary>
    public int FirstFrom(int bucket)
    {
        while (bucket < Buckets && _counts[bucket] == 0)
        {
            bucket++;
        }

        return bucket;
    }

    /// <summary>The number of buckets up to the last one that is not empty.</summary>
    public int Length => Array.FindLastIndex(_counts, static count => count > 0) + 1;

    public static long LowestOf(int bucket) => bucket < 8 ? bucket : (4L + (bucket & 3)) << ((bucket / 4) - 1);

    public static long HighestOf(int bucket) => LowestOf(bucket + 1) - 1;

    public long CountOf(int bucket) => _counts[bucket];

    public long BytesOf(int bucket) => _bytes[bucket];

    public void Add(int bytes)
    {
        int bucket = BucketOf((uint)bytes);
        _counts[bucket]++;
        _bytes[bucket] += bytes;
        Count++;
        TotalBytes += bytes;
        Largest = Math.Max(Largest, bytes);
    }

    // The two bits behind the highest one choose among the four buckets of its power.
    private static int BucketOf(uint bytes)
    {
        int power = BitOperations.Log2(bytes | 1);
        return bytes < 8 ? (int)bytes : (4 * (power - 1)) + (int)((bytes >> (power - 2)) & 3);
    }
}
