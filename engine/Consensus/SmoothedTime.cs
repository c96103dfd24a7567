using System;

namespace RaftEngine.Consensus;

/// <summary>
/// A time that is measured again and again: its mean, over about the last eight, and how far a single one is from it, as TCP smooths its round trips (RFC 6298 §2).
/// </summary>
internal struct SmoothedTime
{
    /// <summary>The mean; zero if nothing has been measured.</summary>
    public TimeSpan Mean { get; private set; }

    /// <summary>The mean distance from the mean.</summary>
    public TimeSpan Deviation { get; private set; }

    /// <summary>Takes in one more. The first is believed as it is, give or take half of it.</summary>
    /// <param name="time">The time measured; not negative.</param>
    public void Add(TimeSpan time)
    {
        if (Mean == TimeSpan.Zero && Deviation == TimeSpan.Zero)
        {
            Mean = time;
            Deviation = time / 2;
            return;
        }

        Deviation += ((time - Mean).Duration() - Deviation) / 4;
        Mean += (time - Mean) / 8;
    }
}
