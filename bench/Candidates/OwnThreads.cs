using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading.Tasks;
using RaftEngine.Bench.Cluster;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Candidates;

/// <summary>Every stage on its own thread, which is woken for each batch, instead of a loop that whoever brings work to it runs while it is idle.</summary>
internal sealed class OwnThreads(Workspace workspace, Effort effort)
{
    private static readonly byte[] Command = new byte[256];

    /// <summary>Measures one caller, who waits for each command.</summary>
    public IEnumerable<Row> Measure()
    {
        yield return CompareAsync(Durability.Fsync).GetAwaiter().GetResult();
        yield return CompareAsync(Durability.None).GetAwaiter().GetResult();
    }

    private async Task<Row> CompareAsync(Durability durability)
    {
        ClusterShape shape = new(3, durability, TransportKind.Tcp, RunsInline: false, ClusterShape.DefaultProposalQueueBytes);
        LoadedCluster lending = await LoadedCluster.StartAsync(shape, workspace).ConfigureAwait(false);
        await using (lending.ConfigureAwait(false))
        {
            LoadedCluster waking = await LoadedCluster.StartAsync(shape with { LendsThreads = false }, workspace).ConfigureAwait(false);
            await using (waking.ConfigureAwait(false))
            {
                int count = effort.Count(200);
                return Rounds.Run(effort.Rounds(41), () => Median(waking, count), () => Median(lending, count))
                    .OursByBaseline($"one caller, three nodes over TCP, {durability}, p50: own threads only / whoever brings the work", "us");
            }
        }
    }

    private static double Median(LoadedCluster cluster, int count)
    {
        cluster.FindLeader();
        double[] microseconds = new double[count];
        Task.Run(async () =>
        {
            for (int i = 0; i < count; i++)
            {
                long start = Stopwatch.GetTimestamp();
                await cluster.Leader.ProposeAsync(Command).ConfigureAwait(false);
                microseconds[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            }
        }).GetAwaiter().GetResult();
        Array.Sort(microseconds);
        return microseconds[count / 2];
    }
}
