using System;
using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace RaftEngine.Tests.Storage;

/// <summary>A test that watches system calls: skipped, and shown as skipped, where strace is missing or may not
/// trace.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsStraceFactAttribute : FactAttribute
{
    private static readonly bool s_isPossible = OperatingSystem.IsLinux() && CanTrace();

    public NeedsStraceFactAttribute()
    {
        if (!s_isPossible)
        {
            Skip = "Only strace tells what the kernel is asked for.";
        }
    }

    private static bool CanTrace()
    {
        try
        {
            using Process strace = Process.Start(new ProcessStartInfo("strace", ["-o", "/dev/null", "true"]) { RedirectStandardError = true })!;
            strace.WaitForExit();
            return strace.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
