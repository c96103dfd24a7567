using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using Xunit;
using Xunit.Abstractions;

namespace RaftEngine.Tests.Processes;

/// <summary>
/// The replicas of a cluster under load are stopped in order and started again, one after another, the leader last.
/// How many rounds is set by the environment variable RAFTENGINE_ROLLS.
/// </summary>
[Collection(RunsProcesses.Name)]
public sealed class RollingRestartTests(ITestOutputHelper output)
{
    private const int Callers = 8;
    private const int WritesBetween = 300;

    /// <summary>What the longest gap may be on a quiet machine; a campaign is run on one.</summary>
    private static readonly TimeSpan LongestGap = TimeSpan.FromMilliseconds(100);

    private static readonly int? Campaign = Environment.GetEnvironmentVariable("RAFTENGINE_ROLLS") is { Length: > 0 } rolls
        ? int.Parse(rolls, CultureInfo.InvariantCulture)
        : null;

    [Fact]
    public async Task Restarting_all_replicas_one_after_another_loses_no_write_and_leaves_none_unknown()
    {
        await using ProcessCluster cluster = new();
        await using WriteLoad load = new(Callers, cluster.ClientPorts);
        await cluster.StartAsync();
        load.Start();
        await load.AcknowledgeMoreAsync(WritesBetween);
        List<TimeSpan> gaps = [];
        for (int round = 0; round < (Campaign ?? 1); round++)
        {
            int leader = await cluster.LeaderAsync();
            foreach (int id in ProcessCluster.Ids.OrderBy(id => id == leader))
            {
                gaps.Add(await RestartAsync(cluster, load, id, isLeader: id == leader));
            }
        }

        await load.StopAsync();
        await cluster.ConvergeAsync();
        TimeSpan[] sorted = [.. gaps.Order()];
        output.WriteLine(
            $"{gaps.Count} restarts: longest gap without an acknowledgment {sorted[sorted.Length / 2].TotalMilliseconds:F0} ms median, "
            + $"{sorted[^1].TotalMilliseconds:F0} ms worst; {load.Acknowledged} acknowledged, {load.Unknown} of unknown outcome");
        Assert.Empty(await load.FindLostAsync());
        if (Campaign is not null)
        {
            Assert.All(gaps, static gap => Assert.InRange(gap, TimeSpan.Zero, LongestGap));
        }
    }

    private static async Task<long> TermAsync(ProcessCluster cluster) =>
        (await cluster.InfoAsync(await cluster.LeaderAsync())).Term;

    private async Task<TimeSpan> RestartAsync(ProcessCluster cluster, WriteLoad load, int id, bool isLeader)
    {
        int unknown = load.Unknown;
        long term = await TermAsync(cluster);
        load.TakeLongestGap();
        Assert.Equal(0, (await cluster.StopAsync(id)).ExitCode);
        await load.AcknowledgeMoreAsync(WritesBetween);
        await cluster.StartAsync(id);
        await load.AcknowledgeMoreAsync(WritesBetween);
        TimeSpan gap = load.TakeLongestGap();
        unknown = load.Unknown - unknown;
        term = await TermAsync(cluster) - term;
        output.WriteLine(
            $"replica {id}{(isLeader ? ", the leader" : "")}: longest gap {gap.TotalMilliseconds:F0} ms, "
            + $"{unknown} of unknown outcome, {term} elections");

        // More elections than the hand-over's own are a busy machine's: a campaign is not run on one.
        if (Campaign is not null || term <= (isLeader ? 1 : 0))
        {
            Assert.Equal(0, unknown);
        }

        return gap;
    }
}
