using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using Xunit;
using Xunit.Abstractions;

namespace RaftEngine.Tests.Processes;

/// <summary>
/// Replicas of this release and of an earlier one in one cluster under load: one after another is killed, or stopped in order, and
/// started with the other release; once all are upgraded, back again. RAFTENGINE_EARLIER_KV is the kv.dll of the earlier
/// release, and RAFTENGINE_MIXED_KILLS how many are killed (24 if it is not set).
/// </summary>
[Collection(RunsProcesses.Name)]
public sealed class MixedReleaseTests(ITestOutputHelper output)
{
    private const int Callers = 8;
    private const int WritesBetween = 200;

    private static readonly string? Earlier = Environment.GetEnvironmentVariable("RAFTENGINE_EARLIER_KV") is { Length: > 0 } path ? path : null;
    private static readonly int Kills = Environment.GetEnvironmentVariable("RAFTENGINE_MIXED_KILLS") is { Length: > 0 } kills
        ? int.Parse(kills, CultureInfo.InvariantCulture)
        : 24;

    [EarlierReleaseFact]
    public async Task Upgrades_and_downgrades_of_one_replica_after_another_lose_no_write()
    {
        await using ProcessCluster cluster = new();
        await using WriteLoad load = new(Callers, cluster.ClientPorts);
        Array.Fill(cluster.Assemblies, Earlier);
        await cluster.StartAsync();
        load.Start();
        await load.AcknowledgeMoreAsync(WritesBetween);
        List<TimeSpan> stopped = [];
        List<TimeSpan> killed = [];
        for (int switched = 0; killed.Count < Kills; switched++)
        {
            int id = (switched % 3) + 1;
            bool isKilled = switched % 4 != 3;
            load.TakeLongestGap();
            if (isKilled)
            {
                await cluster.KillAsync(id);
            }
            else
            {
                Assert.Equal(0, (await cluster.StopAsync(id)).ExitCode);
            }

            cluster.Assemblies[id] = switched / 3 % 2 == 0 ? null : Earlier; // three up, three down
            await load.AcknowledgeMoreAsync(WritesBetween);
            await cluster.StartAsync(id);
            await load.AcknowledgeMoreAsync(WritesBetween);
            (isKilled ? killed : stopped).Add(load.TakeLongestGap());
        }

        await load.StopAsync();
        await cluster.ConvergeAsync();
        output.WriteLine(
            $"{killed.Count} kills, longest gaps {Show(killed)}; {stopped.Count} stops in order, {Show(stopped)}; "
            + $"{load.Acknowledged} acknowledged, {load.Unknown} of unknown outcome");
        Assert.Empty(await load.FindLostAsync());
    }

    private static string Show(List<TimeSpan> gaps)
    {
        double[] sorted = [.. gaps.Select(static gap => gap.TotalMilliseconds).Order()];
        return string.Create(CultureInfo.InvariantCulture, $"{sorted[sorted.Length / 2]:F0} ms median, {sorted[^1]:F0} ms worst");
    }

    private sealed class EarlierReleaseFactAttribute : FactAttribute
    {
        public EarlierReleaseFactAttribute() => Skip = Earlier is null ? "RAFTENGINE_EARLIER_KV names no earlier release." : null;
    }
}
