using System;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RaftEngine.Pipeline;

/// <summary>
/// A monotonic clock that counts the time for which the machine sleeps, unlike <see cref="Stopwatch"/> on Linux and macOS: a lease must not outlast a suspend. Waits by the
/// runtime's own clock may end late by as long as the machine slept; what wakes up looks at this one.
/// </summary>
internal static partial class ContinuousClock
{
    private const int BootTime = 7; // CLOCK_BOOTTIME: CLOCK_MONOTONIC, and the time asleep

    private static readonly double s_macTicks = OperatingSystem.IsMacOS() ? MacTicks() : 0; // of 100 ns, in a unit of its clock
    private static readonly Source s_source = Choose();

    private enum Source
    {
        Stopwatch = 0,
        Linux = 1,
        Mac = 2,
        Windows = 3,
    }

    /// <summary>The time since some moment before the process began; reading it costs some tens of nanoseconds.</summary>
    public static TimeSpan Now
    {
        get
        {
            switch (s_source)
            {
                case Source.Linux:
                    ReadClock(BootTime, out TimeSpecification time);
                    return new TimeSpan((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick));
                case Source.Mac:
                    return MacTime();
                case Source.Windows:
                    return WindowsTime();
                default:
                    return Stopwatch.GetElapsedTime(0);
            }
        }
    }

    // A system that lacks the call has a clock that stands still while it sleeps, or never sleeps.
    private static Source Choose()
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                return ReadClock(BootTime, out _) == 0 ? Source.Linux : Source.Stopwatch;
            }

            if (OperatingSystem.IsMacOS())
            {
                return MacTime() != TimeSpan.Zero ? Source.Mac : Source.Stopwatch;
            }

            if (OperatingSystem.IsWindows())
            {
                return WindowsTime() != TimeSpan.Zero ? Source.Windows : Source.Stopwatch;
            }
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
        }

        return Source.Stopwatch;
    }

    // Methods of their own, never inlined: the runtime looks for a library when it compiles the call.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TimeSpan MacTime() => new((long)(ReadMacClock() * s_macTicks));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TimeSpan WindowsTime()
    {
        ReadWindowsClock(out ulong ticks);
        return new TimeSpan((long)ticks);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double MacTicks()
    {
        ReadMacTimebase(out MacTimebase timebase);
        return (double)timebase.Numerator / timebase.Denominator / TimeSpan.NanosecondsPerTick;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    private static partial int ReadClock(int clock, out TimeSpecification time);

    [LibraryImport("libSystem", EntryPoint = "mach_continuous_time")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    private static partial ulong ReadMacClock();

    [LibraryImport("libSystem", EntryPoint = "mach_timebase_info")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ReadMacTimebase(out MacTimebase timebase);

    [LibraryImport("kernelbase", EntryPoint = "QueryInterruptTimePrecise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    private static partial void ReadWindowsClock(out ulong ticks);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpecification
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct MacTimebase
    {
        public uint Numerator;
        public uint Denominator;
    }
}
