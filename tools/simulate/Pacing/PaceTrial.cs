using System;
using System.Linq;
using RaftEngine.Simulate.Simulation;

namespace RaftEngine.Simulate.Pacing;

/// <summary>One setting in one weather: for a while nothing goes wrong, and every election is a false one; then leaders are cut off, one after the other.</summary>
internal sealed class PaceTrial(PaceWeather weather, PaceSetting setting, TimeSpan duration, int tries, ulong seed)
{
    private const double Never = double.PositiveInfinity;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public PaceFigures Run()
    {
        using SimulatedCluster cluster = new(new SimulationOptions { Seed = seed, Duration = duration, Climate = ClimateOf() });
        cluster.Begin();
        if (!cluster.RunUntil(() => cluster.Leader() is not null, Patience))
        {
            return new PaceFigures(weather.Name, setting.ToString(), Elections(cluster), 0, setting.ElectionTimeout.TotalMilliseconds, 0, Never, Never);
        }

        PassTime(cluster, duration / 10); // until what is measured has been
        long before = Elections(cluster);
        long servedBefore = cluster.Served;
        PassTime(cluster, duration);
        long falseElections = Elections(cluster) - before;
        double operations = (cluster.Served - servedBefore) / duration.TotalSeconds;
        NodeLife? leader = cluster.Leader();
        TimeSpan timeout = leader?.Core.ElectionTimeout ?? default;
        TimeSpan broadcast = leader?.Core.BroadcastTime ?? default;
        double[] detections = [.. Enumerable.Range(0, tries).Select(_ => CutOffLeader(cluster))];
        return new PaceFigures(
            weather.Name, setting.ToString(), falseElections, operations, timeout.TotalMilliseconds, broadcast.TotalMilliseconds, detections.Average(), detections.Max());
    }

    private static long Elections(SimulatedCluster cluster) => cluster.Tally[EventKind.Election];

    private static void PassTime(SimulatedCluster cluster, TimeSpan time)
    {
        long end = cluster.Agenda.Now + time.Ticks;
        cluster.RunUntil(() => cluster.Agenda.NextAt > end, time);
    }

    private static double CutOffLeader(SimulatedCluster cluster)
    {
        if (!cluster.RunUntil(() => cluster.Leader() is not null, Patience))
        {
            return Never;
        }

        ulong cut = cluster.Leader()!.Node.Id;
        long term = cluster.Leader()!.Core.HardState.Term;
        foreach (SimulatedNode other in cluster.Nodes.Where(node => node.Id != cut))
        {
            cluster.Network.Cut(cut, other.Id);
            cluster.Network.Cut(other.Id, cut);
        }

        long cutAt = cluster.Agenda.Now;
        bool isLed = cluster.RunUntil(() => cluster.Leader() is { } leader && leader.Core.HardState.Term > term, Patience);
        double milliseconds = isLed ? new TimeSpan(cluster.Agenda.Now - cutAt).TotalMilliseconds : Never;
        cluster.Network.Mend();
        PassTime(cluster, TimeSpan.FromSeconds(10));
        return milliseconds;
    }

    private Climate ClimateOf() => new()
    {
        LeastDelay = TimeSpan.FromMilliseconds(weather.RoundTripMilliseconds / 2),
        MeanJitter = TimeSpan.FromMilliseconds(Math.Max(0.002, weather.JitterMilliseconds / 2)),
        Loss = weather.Loss,
        Retransmission = weather.Retransmission,
        MeanSync = TimeSpan.FromMilliseconds(weather.SyncMilliseconds),
        ElectionTimeout = setting.ElectionTimeout,
        MaxElectionTimeout = setting.ElectionTimeout * (setting.IsMeasured ? 10 : 1),
        HeartbeatInterval = setting.ElectionTimeout / 10,
    };
}
