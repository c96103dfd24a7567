using System;
using System.Numerics;

namespace RaftEngine.LogDump.Reading;

/// <summary>How many payloads there are of which size, in buckets of powers of two.</summary>
internal sealed class SizeHistogram
{
    private readonly long[] _counts = new long[34];
    private readonly long[] _bytes = new long[34];

    public long Count { get; private set; }

    public long TotalBytes { get; private set; }

    public long Largest { get; private set; }

    /// <summary>The number of buckets up to the last one that is not empty.</summary>
    public int Length => Array.FindLastIndex(_counts, static count => count > 0) + 1;

    public static long LowestOf(int bucket) => bucket == 0 ? 0 : 1L << (bucket - 1);

    public static long HighestOf(int bucket) => bucket == 0 ? 0 : (1L << bucket) - 1;

    public long CountOf(int bucket) => _counts[bucket];

    public long BytesOf(int bucket) => _bytes[bucket];

    public void Add(int bytes)
    {
        int bucket = 32 - BitOperations.LeadingZeroCount((uint)bytes);
        _counts[bucket]++;
        _bytes[bucket] += bytes;
        Count++;
        TotalBytes += bytes;
        Largest = Math.Max(Largest, bytes);
    }
}
