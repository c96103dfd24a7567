using System;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>
/// The time of the replicated state: what the last stamp of a leader said. It is the same on every replica that has
/// applied the same commands. It runs with the leader's steady
/// clock, so a calendar that jumps moves no deadline, and stands still while there is no leader.
/// </summary>
internal sealed class LogTime
{
    /// <summary>How long the time has run since the cluster began, in milliseconds.</summary>
    public long Elapsed { get; private set; }

    /// <summary>The leader's calendar at the last stamp, in Unix milliseconds.</summary>
    public long Unix { get; private set; }

    /// <summary>True while a command is applied whose stamp is that of the leader who appended it: then
    /// <see cref="Elapsed"/> is now.</summary>
    public bool IsStamped { get; private set; }

    /// <summary>True if a key has got an end that is earlier than all others, or waits for a stamp, since this was set
    /// to false.</summary>
    public bool HasNewDeadline { get; set; }

    /// <summary>The later moment, or the end of time.</summary>
    public static long Later(long moment, long milliseconds)
    {
        long sum = unchecked(moment + milliseconds);
        return milliseconds > 0 && sum < moment ? KvExpiry.Waiting - 1 : Math.Max(sum, 0);
    }

    /// <summary>Takes over the stamp of the command that is about to be applied.</summary>
    /// <param name="stamp">The stamp; the default if the command has none.</param>
    /// <param name="term">The term that the command was appended in.</param>
    public void Begin(in KvStamp stamp, long term)
    {
        IsStamped = stamp.Term != 0 && stamp.Term == term;
        if (IsStamped)
        {
            Elapsed = Math.Max(Elapsed, stamp.Elapsed);
            Unix = stamp.Unix;
        }
    }

    /// <summary>Takes the time over from a snapshot.</summary>
    public void Restore(long elapsed, long unix)
    {
        Elapsed = elapsed;
        Unix = unix;
        IsStamped = false;
    }
}
