using System;
using System.Diagnostics;
using RaftEngine.Bench.Baselines;

namespace RaftEngine.Bench.Candidates;

/// <summary>How the engine makes a group durable: one pwrite behind the last, one sync.</summary>
internal static class DurableGroup
{
    /// <summary>Writes the group behind the last one, and syncs it.</summary>
    public static void WriteAndSync(ZeroedFile file, byte[] group)
    {
        file.Write(group, group.Length);
        file.Sync();
    }

    /// <summary>Does something several times.</summary>
    /// <returns>Microseconds each.</returns>
    public static double Time(int count, Action action)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            action();
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / count;
    }
}
