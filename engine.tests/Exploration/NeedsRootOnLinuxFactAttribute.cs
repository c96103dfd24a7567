using System;
using Xunit;

namespace RaftEngine.Tests.Exploration;

/// <summary>A test that mounts a file system: skipped, and shown as skipped, where that is not possible.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsRootOnLinuxFactAttribute : FactAttribute
{
    public NeedsRootOnLinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || !TemporaryMount.IsPossible)
        {
            Skip = "Only the superuser of a Linux machine may mount a file system.";
        }
    }
}
