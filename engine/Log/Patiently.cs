using System;

namespace RaftEngine.Log;

/// <summary>Reads what a node may be changing at this moment: what looks like damage is looked at again, and believed once it looks the same twice in a row.</summary>
internal static class Patiently
{
    // What changes between every two looks at the same place, so often, is not being written by a node.
    private const int MostAttempts = 100;

    /// <summary>Reads until it succeeds, or fails twice in a row with the same words.</summary>
    /// <param name="read">One look.</param>
    /// <param name="isDamage">Which exceptions say of damage; null for <see cref="LogCorruptedException"/>. Others are thrown at once.</param>
    /// <exception cref="LogCorruptedException">The log is damaged; or whatever else says so.</exception>
    public static T Read<T>(Func<T> read, Func<Exception, bool>? isDamage = null)
    {
        string? before = null;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return read();
            }
            catch (Exception e) when ((isDamage is null ? e is LogCorruptedException : isDamage(e)) && e.Message != before && attempt < MostAttempts)
            {
                before = e.Message;
            }
        }
    }
}
