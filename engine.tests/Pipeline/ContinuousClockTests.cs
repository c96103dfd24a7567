using System;
using System.Diagnostics;
using System.IO;
using System.Globalization;
using System.Threading;
using RaftEngine.Pipeline;
using Xunit;

namespace RaftEngine.Tests.Pipeline;

/// <summary>The clock that leases and deadlines go by.</summary>
public sealed class ContinuousClockTests
{
    [Fact]
    public void It_goes_on_and_never_back()
    {
        TimeSpan began = NodeLoop.Now;
        long stopwatch = Stopwatch.GetTimestamp();
        TimeSpan last = began;
        while (Stopwatch.GetElapsedTime(stopwatch) < TimeSpan.FromMilliseconds(50))
        {
            TimeSpan now = ContinuousClock.Now;
            Assert.True(now >= last);
            last = now;
            Thread.Yield();
        }

        Assert.InRange(last - began, TimeSpan.FromMilliseconds(45), TimeSpan.FromSeconds(60));
    }

    // What the kernel calls the uptime counts the time asleep, as CLOCK_BOOTTIME does.
    [Fact]
    public void On_Linux_it_is_the_time_since_the_machine_came_up_sleep_included()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        TimeSpan least = Uptime();
        TimeSpan now = NodeLoop.Now;
        Assert.InRange(now, least - TimeSpan.FromMilliseconds(20), Uptime() + TimeSpan.FromMilliseconds(20));
    }

    private static TimeSpan Uptime() => TimeSpan.FromSeconds(double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture));
}
