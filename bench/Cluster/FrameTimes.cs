using System.Diagnostics;
using System.Threading;
using RaftEngine.Bench.Measuring;
using RaftEngine.Protocol;

namespace RaftEngine.Bench.Cluster;

/// <summary>
/// When entries came to a follower, and when it acknowledged them, as its transport sees it: the latest requests and answers. Of each kind one thread writes, any may read.
/// </summary>
internal sealed class FrameTimes : IMessageCount
{
    private readonly IndexTimes _arrived = new();
    private readonly IndexTimes _acknowledged = new();

    /// <inheritdoc/>
    public void Taken(in Message message, int bodyBytes)
    {
        if (message.Kind == MessageKind.AppendRequest && message.LastIndex > message.Index)
        {
            _arrived.Add(message.LastIndex, Stopwatch.GetTimestamp());
        }
    }

    /// <inheritdoc/>
    public void Sending(in Message message, int bodyBytes)
    {
        if (message.Kind == MessageKind.AppendResponse && !message.Rejected)
        {
            _acknowledged.Add(message.Index, Stopwatch.GetTimestamp());
        }
    }

    /// <inheritdoc/>
    public void Dropped(in Message message, int bodyBytes)
    {
    }

    /// <summary>Finds when an entry was taken, and when it was acknowledged.</summary>
    /// <returns>False if it was not, or so long ago that it is no longer recorded.</returns>
    public bool TryFind(long index, out long arrived, out long acknowledged)
    {
        acknowledged = 0;
        return _arrived.TryFind(index, out arrived) && _acknowledged.TryFind(index, out acknowledged);
    }

    /// <summary>Indexes that rise, and when each was reached: the latest of them.</summary>
    private sealed class IndexTimes
    {
        private const int Kept = 4096;

        private readonly long[] _indexes = new long[Kept];
        private readonly long[] _times = new long[Kept];
        private long _count;

        public void Add(long index, long time)
        {
            int place = (int)(_count % Kept);
            Volatile.Write(ref _times[place], time);
            Volatile.Write(ref _indexes[place], index);
            Volatile.Write(ref _count, _count + 1); // release: pairs with the acquire in TryFind
        }

        // The first time at which this index, or a higher one, was reached.
        public bool TryFind(long index, out long time)
        {
            time = 0;
            long count = Volatile.Read(ref _count); // acquire: pairs with the release in Add
            long i = count;
            while (i > 0 && count - i < Kept / 2 && Volatile.Read(ref _indexes[(i - 1) % Kept]) >= index)
            {
                time = Volatile.Read(ref _times[--i % Kept]);
            }

            // The one before was lower, so this was the first; and nothing that was read has been written over meanwhile.
            return time != 0 && count - i < Kept / 2 && Volatile.Read(ref _count) - i < Kept;
        }
    }
}
