using System;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;

namespace RaftEngine.Bench.Measuring;

/// <summary>Has threads give way to all others, as if they ran on processors of their own (Linux, where priority is a thread's own; elsewhere nothing happens).</summary>
internal static partial class LowPriority
{
    private const int OfThread = 0;
    private const int Lowest = 19;

    /// <summary>Lowers those of this process whose names begin so.</summary>
    /// <param name="name">How they begin.</param>
    /// <returns>How many there were.</returns>
    public static int Give(string name)
    {
        int count = 0;
        if (!OperatingSystem.IsLinux())
        {
            return count;
        }

        foreach (string task in Directory.GetDirectories("/proc/self/task"))
        {
            if (File.ReadAllText(Path.Combine(task, "comm")).StartsWith(name, StringComparison.Ordinal))
            {
                count += SetPriority(OfThread, int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture), Lowest) == 0 ? 1 : 0;
            }
        }

        return count;
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetPriority(int which, int who, int priority);
}
