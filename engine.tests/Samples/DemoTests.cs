using System;
using System.Collections.Concurrent;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Demo;
using Xunit;

namespace RaftEngine.Tests.Samples;

public sealed class DemoTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("raft-demo-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Three_replicas_count_a_text_lose_their_leader_and_end_up_the_same()
    {
        DemoOptions options = new()
        {
            Input = DemoInput.Shipped() with { Repeat = 5 },
            Directory = _directory.FullName,
            Workers = 64,
            OneClientCommands = 20,
        };
        Said said = new();
        DemoResult result = await DemoRun.RunAsync(options, said, CancellationToken.None);
        Assert.True(result.Verified, string.Join('\n', said.Lines));
        Assert.Equal(ReferenceCount.Of(options.Input).Words, result.Commands);
        Assert.Single(result.Fingerprints.Distinct());
        Assert.Equal(DemoCluster.Size, result.Fingerprints.Length);
        Assert.True(result.LeaderlessMillis > 0);
        Assert.True(result.LastIndex >= result.Commands);
        Assert.Contains(said.Lines, line => line.Contains("aborting the leader", StringComparison.Ordinal));
        Assert.Equal(["1", "2", "3"], Directory.GetDirectories(_directory.FullName).Select(Path.GetFileName).Order());

        using JsonDocument json = JsonDocument.Parse(DemoReport.ToJson(result));
        string[] figures =
        [
            "commands", "commandsPerSecond", "p50Micros", "p99Micros", "p999Micros", "entriesPerSync", "leaderlessMillis", "p50OneClientMicros", "floorMicros",
        ];
        foreach (string name in figures)
        {
            Assert.True(json.RootElement.GetProperty(name).GetDouble() > 0, name);
        }

        Assert.Equal(3, json.RootElement.GetProperty("fingerprints").GetArrayLength());
        Assert.True(json.RootElement.GetProperty("verified").GetBoolean());
    }

    [Fact]
    public async Task Directories_of_an_earlier_demo_are_left_alone()
    {
        Directory.CreateDirectory(Path.Combine(_directory.FullName, "2"));
        DemoOptions options = new() { Input = DemoInput.Shipped() with { Repeat = 1 }, Directory = _directory.FullName };
        await Assert.ThrowsAsync<IOException>(() => DemoRun.RunAsync(options, new Said(), CancellationToken.None));
        Assert.Equal(["2"], Directory.GetDirectories(_directory.FullName).Select(Path.GetFileName));
    }

    private sealed class Said : IDemoProgress
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public void Say(string text) => Lines.Enqueue(text);

        public void Report(long acknowledged, long total) => Assert.InRange(acknowledged, 0, total);
    }
}
