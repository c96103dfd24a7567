using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Numerics;
using System.Runtime.InteropServices;

namespace RaftEngine.Bench.CatchUp;

/// <summary>
/// Divides the processors between this process and one that it starts, as if that had a machine of its own. A priority
/// alone is not enough: a thread that is woken on a processor where the other process runs waits for as long as it
/// takes the system to notice, which may be a tick of its timer.
/// </summary>
internal static partial class Processors
{
    /// <summary>Leaves the last of this process's processors to another.</summary>
    /// <returns>Its number; null if there is only one, or the system does not know whose is which.</returns>
    public static int? LeaveLast()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsWindows())
        {
            return null;
        }

        using Process self = Process.GetCurrentProcess();
        ulong all = (ulong)self.ProcessorAffinity;
        int last = BitOperations.Log2(all);
        ulong others = all & ~(1UL << last);
        if (others == 0)
        {
            return null;
        }

        Use(others);
        return last;
    }

    /// <summary>Has this process use one processor alone, and there give way to all others.</summary>
    /// <param name="number">Which; null if it is to use what it has.</param>
    public static void UseOnly(int? number)
    {
        using Process self = Process.GetCurrentProcess();
        self.PriorityClass = ProcessPriorityClass.Idle;
        if (number is { } one)
        {
            Use(1UL << one);
        }
    }

    private static void Use(ulong processors)
    {
        if (OperatingSystem.IsWindows())
        {
            using Process self = Process.GetCurrentProcess();
            self.ProcessorAffinity = (nint)processors;
        }
        else
        {
            // On Linux they are each thread's own; those that it starts inherit them.
            foreach (string thread in Directory.GetDirectories("/proc/self/task"))
            {
                _ = SetAffinity(int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture), sizeof(ulong), in processors); // best effort: the thread may have ended
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetAffinity(int thread, nuint size, in ulong processors);
}
