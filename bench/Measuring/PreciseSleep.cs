using System;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading;

namespace RaftEngine.Bench.Measuring;

/// <summary>Waits without spinning, and for less than the whole milliseconds of a thread's sleep: what is measured takes less itself.</summary>
internal static partial class PreciseSleep
{
    private const int SetTimerSlack = 29; // PR_SET_TIMERSLACK

    /// <summary>Asks the operating system not to let this thread sleep longer so that it can wake several together: by default 50 us on Linux.</summary>
    public static void PrepareThread()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = ControlProcess(SetTimerSlack, 1, 0, 0, 0); // best effort: what is late is measured
        }
    }

    /// <summary>Returns at a time of <see cref="Stopwatch.GetTimestamp"/>, or as soon after as the operating system lets it.</summary>
    public static void Until(long due)
    {
        long left;
        while ((left = (due - Stopwatch.GetTimestamp()) * 1_000_000 / Stopwatch.Frequency) > 0)
        {
            if (OperatingSystem.IsWindows())
            {
                Thread.Sleep(1);
            }
            else
            {
                _ = SleepMicroseconds((uint)Math.Min(left, 100_000));
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "usleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SleepMicroseconds(uint microseconds);

    [LibraryImport("libc", EntryPoint = "prctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ControlProcess(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);
}
