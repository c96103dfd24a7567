using System;
using System.Linq;
using RaftEngine.Bench.Peers;
using Xunit;

namespace RaftEngine.Tests.Samples.Redis;

/// <summary>A test that needs programs which are not everywhere; without them it is skipped, and says which.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsProgramFactAttribute : FactAttribute
{
    public NeedsProgramFactAttribute(params string[] programs)
    {
        string[] missing = [.. programs.Where(static program => Executable.Find(program) is null)];
        Skip = missing.Length == 0 ? null : $"Not installed: {string.Join(", ", missing)}.";
    }
}
