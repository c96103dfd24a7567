using System.Collections.Concurrent;
using System.Threading;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// The sealed segments that are mapped, in the order in which they came to be so. There are only so many mappings and
/// descriptors for a process, and a
/// log may have more segments than that: the others are opened when they are read.
/// </summary>
internal sealed class MappedSegments(IStorageDirectory directory)
{
    /// <summary>How many stay mapped, each with its table. More only while others than the loop may be reading
    /// them.</summary>
    public const int Most = 64;

    private readonly ConcurrentQueue<Segment> _mapped = new();
    private int _count;

    /// <summary>Where they lie.</summary>
    public IStorageDirectory Directory => directory;

    /// <summary>How many are mapped.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Notes one that has been mapped, with its table. Any thread.</summary>
    public void Add(Segment segment)
    {
        _mapped.Enqueue(segment);
        Interlocked.Increment(ref _count);
    }

    /// <summary>Unmaps those that are too many, the earliest first. The loop's.</summary>
    /// <param name="throughIndex">No other thread reads up to here.</param>
    public void Trim(long throughIndex)
    {
        while (Count > Most && _mapped.TryPeek(out Segment? segment) && (segment.LastIndex <= throughIndex || segment.IsGone) && _mapped.TryDequeue(out segment))
        {
            Interlocked.Decrement(ref _count);
            segment.Rest();
        }
    }
}
