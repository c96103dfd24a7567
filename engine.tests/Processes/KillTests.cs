using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Tests.LogDump;
using RaftEngine.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace RaftEngine.Tests.Processes;

/// <summary>The leader is killed under load, again and again. How often is set by the environment variable RAFTENGINE_KILLS.</summary>
[Collection(RunsProcesses.Name)]
public sealed class KillTests(ITestOutputHelper output)
{
    private const int DefaultKills = 2;
    private const int Writers = 8;
    private const int WritesBetween = 300;

    /// <summary>Two elections, should votes be split, at the longest election timeout that measurements may lead to (3 s, waits of up to twice that), and some more for machines
    /// that are busy with other things. What is measured is printed.</summary>
    private static readonly TimeSpan LongestRecovery = TimeSpan.FromSeconds(20);

    private static int Kills => int.Parse(Environment.GetEnvironmentVariable("RAFTENGINE_KILLS") ?? $"{DefaultKills}", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Killing_the_leader_under_load_loses_no_acknowledged_write_and_no_log()
    {
        await using ProcessCluster cluster = new();
        await using WriteLoad load = new(Writers, cluster.ClientPorts);
        await cluster.StartAsync();
        List<TimeSpan> recoveries = [];
        for (int kill = 1; kill <= Kills; kill++)
        {
            recoveries.Add(await KillAndRestartAsync(cluster, load, kill));
        }

        Assert.Empty(await load.FindLostAsync());
        await AssertStopsWithTheSameLogsAsync(cluster);
        output.WriteLine(
            $"{Kills} kills: {load.Acknowledged} writes acknowledged, none lost; {load.Unknown} of unknown outcome; " +
            $"longest recovery {recoveries.Max().TotalMilliseconds:F0} ms.");
        Assert.All(recoveries, recovery => Assert.InRange(recovery, TimeSpan.Zero, LongestRecovery));
    }

    [Fact]
    public async Task Nothing_is_acknowledged_that_only_the_leader_has()
    {
        await using ProcessCluster cluster = new();
        await using WriteLoad load = new(Writers, cluster.ClientPorts);
        await cluster.StartAsync();
        load.Start();
        await load.AcknowledgeMoreAsync(WritesBetween);
        int leader = await cluster.LeaderAsync();
        int[] others = [.. ProcessCluster.Ids.Where(id => id != leader)];
        Array.ForEach(others, cluster.Pause);
        await Eventually.True(async () => (await cluster.InfoAsync(leader)).Role != "leader", () => "a leader that hears from no other node steps down");

        // What the paused ones were sent and have not read goes with them: it is in the leader's log alone, and the others carry on without it.
        foreach (int id in (int[])[.. others, leader])
        {
            await cluster.KillAsync(id);
        }

        await Task.WhenAll(others.Select(cluster.StartAsync));
        await load.AcknowledgeMoreAsync(WritesBetween);
        await cluster.StartAsync(leader);
        await load.AcknowledgeMoreAsync(WritesBetween);
        await load.StopAsync();
        await cluster.ConvergeAsync();
        Assert.Empty(await load.FindLostAsync());
        AssertClean(cluster);
    }

    private async Task<TimeSpan> KillAndRestartAsync(ProcessCluster cluster, WriteLoad load, int kill)
    {
        load.Start();
        await load.AcknowledgeMoreAsync(WritesBetween);
        int leader = await cluster.LeaderAsync();
        long killed = Stopwatch.GetTimestamp();
        await cluster.KillAsync(leader);
        TimeSpan recovery = await load.RecoverAsync(killed);
        await load.AcknowledgeMoreAsync(WritesBetween);
        AssertClean(cluster);
        await cluster.StartAsync(leader);
        await load.AcknowledgeMoreAsync(WritesBetween);
        AssertClean(cluster);
        await load.StopAsync();
        RaftInfo agreed = await cluster.ConvergeAsync();
        output.WriteLine(
            $"kill {kill}: replica {leader}; a write succeeded again after {recovery.TotalMilliseconds:F0} ms; " +
            $"{load.Acknowledged} acknowledged; term {agreed.Term}, index {agreed.CommitIndex}, fingerprint {agreed.Fingerprint} on all three");
        return recovery;
    }

    /// <summary>Verifies all three logs: of those that run as well as of the one that was killed.</summary>
    private static void AssertClean(ProcessCluster cluster) =>
        Assert.All(ProcessCluster.Ids, id =>
        {
            DumpRun run = DumpRun.Of("verify", cluster.DataDirectory(id));
            Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
        });

    private static async Task AssertStopsWithTheSameLogsAsync(ProcessCluster cluster)
    {
        RaftInfo agreed = await cluster.ConvergeAsync();
        foreach (int id in ProcessCluster.Ids)
        {
            Assert.Equal(0, (await cluster.StopAsync(id)).ExitCode);
        }

        // A replica that is stopped last may have stood for election meanwhile, and appended: so the record at the agreed index is compared, and not the last one.
        string[] index = ["--from", $"{agreed.CommitIndex}", "--to", $"{agreed.CommitIndex}"];
        Assert.All(ProcessCluster.Ids, id => Assert.Contains(agreed.Fingerprint, DumpRun.Of(["list", cluster.DataDirectory(id), .. index]).Output, StringComparison.Ordinal));
        AssertClean(cluster);
    }
}
