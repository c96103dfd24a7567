using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Tests.Exploration;
using RaftEngine.Tests.LogDump;
using Xunit;

namespace RaftEngine.Tests.Processes;

/// <summary>How a replica that is a process stops, refuses and comes back.</summary>
[Collection(RunsProcesses.Name)]
public sealed class ServeTests
{
    private const int Writes = 100;

    [Fact]
    public async Task A_termination_signal_stops_the_leader_cleanly_and_it_comes_back()
    {
        await using ProcessCluster cluster = new();
        using ClusterClient client = new(cluster.ClientPorts);
        await cluster.StartAsync();
        await WriteAsync(client, "before");
        int leader = await cluster.LeaderAsync();
        (int exitCode, string said) = await cluster.StopAsync(leader);
        Assert.True(exitCode == 0, said);
        Assert.Matches(@"(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info: RaftEngine\.Transport\[3001\] Node \d listens", said);
        await WriteAsync(client, "without");
        await cluster.StartAsync(leader);
        await WriteAsync(client, "after");
        await cluster.ConvergeAsync();
        await AssertWrittenAsync(client, "before", "without", "after");
    }

    [Fact]
    public async Task A_damaged_log_is_refused_in_the_words_of_logdump_and_the_others_go_on()
    {
        await using ProcessCluster cluster = new();
        using ClusterClient client = new(cluster.ClientPorts);
        await cluster.StartAsync();
        await WriteAsync(client, "before");
        RaftInfo agreed = await cluster.ConvergeAsync();
        int victim = await cluster.LeaderAsync();
        await cluster.StopAsync(victim);

        string directory = cluster.DataDirectory(victim);
        string middle = $"{agreed.CommitIndex / 2}";
        ListedRecord record = Assert.Single(ListedRecord.ParseAll(DumpRun.Of("list", directory, "--from", middle, "--to", middle).Output));
        FlipByte(Path.Combine(directory, record.Segment), record.Offset + 24);
        DumpRun verified = DumpRun.Of("verify", directory);
        string words = verified.Error.Split(Environment.NewLine)[0];
        Assert.Equal(1, verified.ExitCode);
        Assert.StartsWith($"Log corrupted: segment {record.Segment}, offset {record.Offset}, index {middle}: ", words, StringComparison.Ordinal);

        (int exitCode, string said) = await cluster.StartRefusedAsync(victim);
        Assert.Equal(1, exitCode);
        Assert.Contains(words, said.Split(Environment.NewLine));
        await WriteAsync(client, "meanwhile");

        FlipByte(Path.Combine(directory, record.Segment), record.Offset + 24);
        await cluster.StartAsync(victim);
        await cluster.ConvergeAsync();
        await AssertWrittenAsync(client, "before", "meanwhile");
    }

    [NeedsRootOnLinuxFact]
    public async Task A_start_on_a_full_disk_says_so_and_no_more()
    {
        using TemporaryMount mount = new(1 << 20);
        await using ProcessCluster cluster = new();
        Directory.CreateDirectory(Path.GetDirectoryName(cluster.DataDirectory(1))!);
        Directory.CreateSymbolicLink(cluster.DataDirectory(1), mount.Path);
        (int exitCode, string said) = await cluster.StartRefusedAsync(1);
        Assert.Equal(1, exitCode);
        Assert.StartsWith($"The log in '{cluster.DataDirectory(1)}' is full: ", said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_process_on_a_directory_is_refused_and_the_first_does_not_notice()
    {
        await using ProcessCluster cluster = new();
        using ClusterClient client = new(cluster.ClientPorts);
        await cluster.StartAsync();
        await WriteAsync(client, "before");
        int id = await cluster.LeaderAsync();
        (int exitCode, string said) = await cluster.StartRefusedAsync(id);
        Assert.Equal(1, exitCode);
        Assert.Contains(
            $"Data directory '{cluster.DataDirectory(id)}': another process, or another node in this one, has it open.",
            said.Split(Environment.NewLine));
        await WriteAsync(client, "after");
        await cluster.ConvergeAsync();
        await AssertWrittenAsync(client, "before", "after");
    }

    private static void FlipByte(string file, int offset)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = offset;
        int value = stream.ReadByte();
        stream.Position = offset;
        stream.WriteByte((byte)(value ^ 1));
    }

    private static string Key(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}:{number}");

    private static async Task WriteAsync(ClusterClient client, string prefix)
    {
        for (int i = 0; i < Writes; i++)
        {
            Assert.Equal("+OK", Assert.Single(await client.AskAsync("SET", Key(prefix, i), prefix)));
        }
    }

    private static async Task AssertWrittenAsync(ClusterClient client, params string[] prefixes)
    {
        foreach (string prefix in prefixes)
        {
            string?[] values = await client.AskAsync(["MGET", .. Enumerable.Range(0, Writes).Select(i => Key(prefix, i))]);
            Assert.Equal(Writes, values.Length);
            Assert.All(values, value => Assert.Equal(prefix, value));
        }
    }
}
