using System;
using System.Threading;

namespace RaftEngine.Log;

/// <summary>Reads what a node may be changing at this moment: what looks like damage is looked at again, and believed
/// once it has looked the same three times in a row, the last
/// time after a pause.</summary>
internal static class Patiently
{
    // What changes between every two looks at the same place, so often, is not being written by a node.
    private const int MostAttempts = 100;
    private const int EqualLooks = 3;

    // A node's thread that is in the middle of something may have to wait for a processor.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Reads until it succeeds, or fails three times in a row with the same words.</summary>
    /// <param name="read">One look.</param>
    /// <param name="isDamage">Which exceptions say of damage; null for <see cref="LogCorruptedException"/>. Others are thrown at once.</param>
    /// <exception cref="LogCorruptedException">The log is damaged; or whatever else says so.</exception>
    public static T Read<T>(Func<T> read, Func<Exception, bool>? isDamage = null)
    {
        string? before = null;
        int equal = 0;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return read();
            }
            catch (Exception e) when (isDamage is null ? e is LogCorruptedException : isDamage(e))
            {
                equal = e.Message == before ? equal + 1 : 1;
                if (equal == EqualLooks || attempt == MostAttempts)
                {
                    throw;
                }

                before = e.Message;
            }

            if (equal == EqualLooks - 1)
            {
                Thread.Sleep(Pause);
            }
        }
    }
}
