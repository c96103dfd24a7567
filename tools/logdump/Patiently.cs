using System;
using RaftEngine.Log;
using RaftEngine.LogDump.Comparing;

namespace RaftEngine.LogDump;

/// <summary>Reads what a node may be changing at this moment: what looks like damage is looked at again, and believed once it looks the same twice in a row.</summary>
internal static class Patiently
{
    private const int MostAttempts = 100;

    /// <summary>Reads until it succeeds, or fails twice in the same way.</summary>
    /// <exception cref="LogCorruptedException">The log is damaged.</exception>
    public static T Read<T>(Func<T> read)
    {
        string? before = null;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return read();
            }
            catch (Exception e) when (e is LogCorruptedException or DamagedReplicaException && e.Message != before && attempt < MostAttempts)
            {
                before = e.Message;
            }
        }
    }
}
