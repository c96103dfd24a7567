using System;
using System.IO;
using System.Linq;
using Xunit;

namespace RaftEngine.Tests.Conventions;

/// <summary>A test that runs a script of bash and perl: skipped, and shown as skipped, where these are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsPerlTheoryAttribute : TheoryAttribute
{
    public NeedsPerlTheoryAttribute()
    {
        string[] folders = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? [];
        if (OperatingSystem.IsWindows() || !Array.TrueForAll(["bash", "perl"], program => folders.Any(folder => File.Exists(Path.Combine(folder, program)))))
        {
            Skip = "The mutation runners need bash and perl.";
        }
    }
}
