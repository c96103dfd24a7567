namespace RaftEngine.Samples.Kv.Store;

/// <summary>
/// When a key ends. The deadline is in the log's time, which runs with the clock of whichever node leads, never goes
/// back, and does not depend on a calendar.
/// </summary>
/// <remarks>
/// A command that a follower sent on carries no time of the leader. Its key waits for the leader's next stamp: only
/// then does its time to live begin, so that it can end late
/// by that much but never early.
/// </remarks>
/// <param name="Deadline">The end, in milliseconds of the log's time; <see cref="Waiting"/> until a stamp
/// comes.</param>
/// <param name="Unix">The same moment by the leader's calendar when the command was applied, in Unix milliseconds; 0
/// for a time to live that waits.</param>
/// <param name="Remaining">The time to live that waits for a stamp, in milliseconds; 0 if none does.</param>
internal sealed record KvExpiry(long Deadline, long Unix, long Remaining)
{
    /// <summary>The deadline of an expiry that waits for a stamp: after all others.</summary>
    public const long Waiting = long.MaxValue;

    /// <summary>The end of a key that has this long to live from now on.</summary>
    public static KvExpiry After(long milliseconds, LogTime time) => time.IsStamped
        ? new KvExpiry(LogTime.Later(time.Elapsed, milliseconds), LogTime.Later(time.Unix, milliseconds), 0)
        : new KvExpiry(Waiting, 0, milliseconds);

    /// <summary>The end of a key that lives until a moment of the leader's calendar, which is later than now.</summary>
    public static KvExpiry At(long unixMilliseconds, LogTime time) => time.IsStamped
        ? new KvExpiry(LogTime.Later(time.Elapsed, unixMilliseconds - time.Unix), unixMilliseconds, 0)
        : new KvExpiry(Waiting, unixMilliseconds, 0);

    /// <summary>What an expiry that waits becomes when a stamp has come.</summary>
    public KvExpiry Begin(LogTime time) => Remaining > 0 ? After(Remaining, time) : At(Unix, time);

    /// <summary>When it ends, in the log's time; an estimate for one that waits.</summary>
    public long EndIn(LogTime time) =>
        Deadline != Waiting ? Deadline
        : Remaining > 0 ? LogTime.Later(time.Elapsed, Remaining)
        : LogTime.Later(time.Elapsed, Unix - time.Unix);

    /// <summary>When it ends by the calendar, in Unix milliseconds; an estimate for one that waits.</summary>
    public long UnixEnd(LogTime time) => Unix != 0 ? Unix : LogTime.Later(time.Unix, Remaining);
}
