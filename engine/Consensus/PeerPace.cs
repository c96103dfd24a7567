using System;

namespace RaftEngine.Consensus;

/// <summary>
/// How fast one peer takes entries, as its acknowledgments show: how long they are on their way, how long the peer holds them until they are on its disk, how many bytes it
/// takes in a second; and how much it is worth while to have on the way to it, unanswered.
/// </summary>
/// <remarks>
/// While one message is synced, those that are on their way must last until the next sync can begin: a few, and one for each sync that would fit into the network's
/// round trip. In bytes: twice what the peer has been seen to take in the shortest time in which it answers, so that the window can find out whether it takes more (as BBR
/// probes for bandwidth). The shortest times, not the means: what waits in the peer's queue because of a wide window must not change the window.
/// </remarks>
internal struct PeerPace
{
    /// <summary>The narrowest window, in messages. Two would do, one that is synced and one that is next, if the leader heard of the end of a sync at once; with eight, a local
    /// network carries some percent more.</summary>
    public const int LeastMessages = 8;

    /// <summary>The narrowest window, in bytes.</summary>
    public const int LeastBytes = 256 << 10;

    private SmoothedTime _network;
    private SmoothedTime _held;
    private RecentRange _networkTimes;
    private RecentRange _holdTimes;
    private RecentRange _totalTimes;
    private RecentRange _bytesPerSecond;

    /// <summary>How long a message and its answer are on their way: the mean.</summary>
    public readonly TimeSpan NetworkTime => _network.Mean;

    /// <summary>How long the peer holds entries until they are on its disk, its queues included: the mean.</summary>
    public readonly TimeSpan HoldTime => _held.Mean;

    /// <summary>The most bytes a second of late that the peer has acknowledged, over the time of one message.</summary>
    public readonly long BytesPerSecond => _bytesPerSecond.Most;

    /// <summary>How many messages it is worth while to have on their way; the caller's bound holds, too.</summary>
    public readonly int WindowMessages => _totalTimes.Most == 0 ? int.MaxValue
        : (int)Math.Min(int.MaxValue, LeastMessages + (_networkTimes.Least / Math.Max(1, _holdTimes.Least)));

    /// <summary>How many bytes it is worth while to have on their way; the caller's bound holds, too.</summary>
    public readonly long WindowBytes => _bytesPerSecond.Most == 0 || _totalTimes.Most == 0 ? long.MaxValue
        : Math.Max(LeastBytes, (long)Math.Min(long.MaxValue / 2, 2.0 * _bytesPerSecond.Most * _totalTimes.Least / TimeSpan.TicksPerSecond));

    /// <summary>The way of one message and its answer has been measured.</summary>
    /// <param name="total">From when it was sent until it was acknowledged.</param>
    /// <param name="held">Of that, how long the peer held it.</param>
    /// <param name="now">The time.</param>
    public void Measured(TimeSpan total, TimeSpan held, TimeSpan now)
    {
        _network.Add(total - held);
        _held.Add(held);
        _networkTimes.Add((total - held).Ticks, now);
        _holdTimes.Add(held.Ticks, now);
        _totalTimes.Add(total.Ticks, now);
    }

    /// <summary>Bytes have been acknowledged.</summary>
    /// <param name="bytes">How many, since the message was sent that is acknowledged now.</param>
    /// <param name="elapsed">How long that took.</param>
    /// <param name="now">The time.</param>
    public void Delivered(long bytes, TimeSpan elapsed, TimeSpan now)
    {
        if (elapsed > TimeSpan.Zero)
        {
            _bytesPerSecond.Add((long)(bytes / elapsed.TotalSeconds), now);
        }
    }
}
