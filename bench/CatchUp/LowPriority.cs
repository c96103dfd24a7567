using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;

namespace RaftEngine.Bench.CatchUp;

/// <summary>Has this process give way to all others, as if it ran on processors of its own.</summary>
internal static partial class LowPriority
{
    private const int SchedIdle = 5; // SCHED_IDLE: runs when nothing else would, and is preempted at once; its requests to the disk come last, too

    /// <summary>Takes it on. It is not given back.</summary>
    public static void TakeOn()
    {
        using Process self = Process.GetCurrentProcess();
        self.PriorityClass = ProcessPriorityClass.Idle;
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // There, each thread has its own, which those that it starts inherit. Where it is not allowed, the lowest of the usual priorities remains.
        int priority = 0; // the only one that this policy has
        foreach (string thread in Directory.GetDirectories("/proc/self/task"))
        {
            _ = SetScheduler(int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture), SchedIdle, in priority);
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetScheduler(int thread, int policy, in int priority);
}
