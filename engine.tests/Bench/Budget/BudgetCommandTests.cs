using System;
using System.CommandLine;
using System.IO;
using System.Threading.Tasks;
using RaftEngine.Bench.Budget;
using RaftEngine.Bench.Measuring;
using Xunit;

namespace RaftEngine.Tests.Bench.Budget;

public sealed class BudgetCommandTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("raftengine-budget-");

    [Fact]
    public async Task Windows_are_measured_beside_the_default_in_a_network_with_delay()
    {
        BudgetResults results = await RunAsync("--delay", "2", "--settings", "default,4 messages");

        Assert.Equal(["default", "4 messages"], [results.Windows[0].Setting, results.Windows[1].Setting]);
        Assert.All(results.Windows, static run =>
        {
            Assert.Equal("2 ms", run.Network);
            Assert.Equal(new LinkDelay(2), run.Link);
            WindowTurn turn = Assert.Single(run.Turns);
            Assert.True(turn.OpsPerSecond == 0 || turn.P50Milliseconds >= 2, $"A command was committed sooner than in a round trip: {turn}."); // 0: a busy machine
        });
        Assert.Empty(results.Elections);
    }

    [Fact]
    public async Task Another_node_leads_after_the_leader_is_cut_off()
    {
        BudgetResults results = await RunAsync("--elections", "--delay", "2", "--settings", "100 ms");

        ElectionRun run = Assert.Single(results.Elections);
        Assert.Equal("100 ms", run.Setting);
        Assert.True(Assert.Single(run.DetectionMilliseconds) >= 0);
        Assert.Empty(results.Windows);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private async Task<BudgetResults> RunAsync(params string[] arguments)
    {
        string json = Path.Combine(_directory.FullName, "results.json");
        using StringWriter output = new();
        InvocationConfiguration configuration = new() { Output = output };

        int code = await BudgetCommand.Create().Parse([.. arguments, "--quick", "--directory", _directory.FullName, "--json", json]).InvokeAsync(configuration);

        Assert.Equal(0, code);
        Assert.Contains("A quick run: the figures mean nothing.", output.ToString(), StringComparison.Ordinal);
        return ResultsFormat.Read<BudgetResults>(await File.ReadAllTextAsync(json));
    }
}
