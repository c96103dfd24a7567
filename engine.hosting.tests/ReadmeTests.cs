using System;
using System.IO;
using Xunit;

namespace RaftEngine.Hosting.Tests;

/// <summary>The README's program is the one that is compiled here.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void The_program_is_compiled()
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "RaftEngine.sln")))
        {
            root = root.Parent;
        }

        string text = File.ReadAllText(Path.Combine(root!.FullName, "engine.hosting", "README.md"));
        string program = text.Split("```csharp\n")[1].Split("```")[0];
        Assert.Contains(program, File.ReadAllText(Path.Combine(root.FullName, "engine.hosting.tests", "ReadmeProgram.cs")), StringComparison.Ordinal);
    }
}
