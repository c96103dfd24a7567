using System.Threading.Tasks;
using RaftEngine.Bench.Peers;
using RaftEngine.Tests.Processes;
using RaftEngine.Tests.Samples.Redis;
using Xunit;
using Xunit.Abstractions;

namespace RaftEngine.Tests.Samples.Clients;

/// <summary>The clients that people use connect, work, and go on by themselves when the leader is killed.</summary>
[Collection(RunsProcesses.Name)]
public sealed class ClientsTests(ClientsFixture clients, ITestOutputHelper output) : IClassFixture<ClientsFixture>
{
    [Theory]
    [InlineData("ioredis")]
    [InlineData("ioredis-cluster")]
    [InlineData("redis")]
    [InlineData("redis-resp3")]
    [InlineData("redis-cluster")]
    [InlineData("redis-py")]
    [InlineData("redis-py-cluster")]
    [InlineData("StackExchange.Redis")]
    [InlineData("StackExchange.Redis-one")]
    public async Task A_client_works_and_outlives_the_leader(string kind)
    {
        ClientReport report = await clients.ReportOf(kind);
        output.WriteLine($"{kind}: {report.Seconds:F2} s to the first success; {report.Errors.Count} errors: {string.Join(" | ", report.Errors)}");
        Assert.InRange(report.Seconds, 0, 60);
    }

    [NeedsProgramFact("redis-cli")]
    public async Task Redis_cli_works()
    {
        Assert.Equal("OK", await RunAsync("redis-cli", "set", "cli", "v"));
        Assert.Equal("v", await RunAsync("redis-cli", "get", "cli"));
        Assert.Equal("v", await RunAsync("redis-cli", "-c", "get", "cli"));
        Assert.Equal("v", await RunAsync("redis-cli", "-3", "get", "cli"));
        Assert.Equal("v", await RunAsync("redis-cli", "-n", "0", "get", "cli"));
        Assert.Equal("", await RunAsync("redis-cli", "-n", "9", "get", "cli"));
        Assert.Contains("0-16383", await RunAsync("redis-cli", "cluster", "nodes"), System.StringComparison.Ordinal);
    }

    [NeedsProgramFact("redis-benchmark")]
    public async Task Redis_benchmark_works() =>
        Assert.Contains("requests per second", await RunAsync("redis-benchmark", "-n", "200", "-c", "5", "-P", "4", "-q", "-t", "ping,set,get,incr,mset"),
            System.StringComparison.Ordinal);

    private async Task<string> RunAsync(string program, params string[] arguments)
    {
        System.Diagnostics.ProcessStartInfo start = new(Executable.Find(program)!, ["-p", $"{clients.LivingPort}", .. arguments]) { RedirectStandardOutput = true };
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(start)!;
        string said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return said.Trim();
    }
}
