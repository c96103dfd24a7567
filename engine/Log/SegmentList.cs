using System.Collections.Generic;
using System.Threading;

namespace RaftEngine.Log;

/// <summary>The open segments, in the order of their indexes; never none. The loop changes it, by exchanging the whole array; other threads may look segments up.</summary>
internal sealed class SegmentList(List<Segment> segments)
{
    private Segment[] _segments = [.. segments];

    /// <summary>All of them. Pairs with the Volatile.Write in those that change it: who sees the array sees the segments in it whole.</summary>
    public Segment[] All => Volatile.Read(ref _segments);

    /// <summary>The one that is written.</summary>
    public Segment Newest => All[^1];

    public void Add(Segment segment) => Volatile.Write(ref _segments, [.. _segments, segment]);

    public void ReplaceNewest(Segment segment) => Volatile.Write(ref _segments, [.. _segments[..^1], segment]);

    public void ReplaceAll(Segment segment) => Volatile.Write(ref _segments, [segment]);

    public void RemoveOldest(int count) => Volatile.Write(ref _segments, _segments[count..]);

    public void RemoveNewest() => Volatile.Write(ref _segments, _segments[..^1]);

    /// <summary>The size of their files.</summary>
    public long SizeBytes
    {
        get
        {
            long size = 0;
            foreach (Segment segment in All)
            {
                size += segment.Size;
            }

            return size;
        }
    }

    /// <summary>The segment that an index is in, or would be in: of an index before the first segment, the first.</summary>
    public Segment Find(long index)
    {
        Segment[] segments = All;
        int low = 0;
        int high = segments.Length - 1;
        if (index >= segments[high].FirstIndex)
        {
            return segments[high];
        }

        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (segments[middle].FirstIndex <= index)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return segments[low];
    }
}
