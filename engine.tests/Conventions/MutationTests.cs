using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Conventions;

/// <summary>The mutation runners replace source text. A change that moves this text updates the mutation.</summary>
public sealed class MutationTests
{
    [NeedsPerlTheory]
    [InlineData("engine.tests/Mutations/run.sh")]
    [InlineData("engine.tests/Exploration/mutations.sh")]
    public async Task Every_mutation_can_be_put_into_the_sources(string runner)
    {
        ProcessStartInfo start = new("bash", [Path.Combine(Repository.Root, runner), "--check"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process check = Process.Start(start)!;
        Task<string> errors = check.StandardError.ReadToEndAsync();

        string output = await check.StandardOutput.ReadToEndAsync();
        await check.WaitForExitAsync();

        Assert.Equal((0, "", ""), (check.ExitCode, output, await errors));
    }
}
