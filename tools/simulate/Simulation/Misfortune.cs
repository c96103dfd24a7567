using System;
using System.Collections.Generic;
using System.Linq;

namespace RaftEngine.Simulate.Simulation;

/// <summary>Makes things go wrong, as the plan says.</summary>
internal sealed partial class Misfortune(SimulatedCluster cluster, Draw draw)
{
    public void Begin()
    {
        foreach ((FaultKind kind, TimeSpan every) in cluster.Plan.Every.OrderBy(static entry => entry.Key))
        {
            Later(kind, every);
        }
    }

    private void Later(FaultKind kind, TimeSpan every) => cluster.Agenda.In(draw.Around(every), () =>
    {
        if (!cluster.IsHealed)
        {
            if (Strike(kind))
            {
                cluster.Trace.Say((ulong)kind, $"fault: {kind}");
            }

            Later(kind, every);
        }
    });

    private bool Strike(FaultKind kind)
    {
        switch (kind)
        {
            case FaultKind.Partition or FaultKind.OneWayPartition or FaultKind.BridgePartition:
                return Cut(kind);
            case FaultKind.PowerLoss or FaultKind.ProcessDeath:
                return Kill(kind);
            case FaultKind.DeathInStep:
                AnyThatRuns()?.DieSoon();
                return true;
            case FaultKind.OtherVoters:
                cluster.AddStranger();
                return true;
            default:
                return Hurt(kind);
        }
    }

    private SimulatedNode? AnyThatRuns()
    {
        // The leader is worth more trouble than its share.
        if (draw.Chance(0.4) && cluster.Leader() is { } leader)
        {
            return leader.Node;
        }

        List<SimulatedNode> running = [.. cluster.Nodes.Where(static node => node.Life is not null)];
        return running.Count == 0 ? null : draw.Of(running);
    }

    private bool Cut(FaultKind kind)
    {
        List<ulong> ids = [.. cluster.Nodes.Where(static node => !node.IsRetired).Select(static node => node.Id)];
        ulong bridge = kind == FaultKind.BridgePartition ? draw.Of(ids) : 0;
        ulong lonely = kind == FaultKind.OneWayPartition ? AnyThatRuns()?.Id ?? draw.Of(ids) : 0;
        bool hears = draw.Chance(0.5);
        HashSet<ulong> side = [.. ids.Where(_ => draw.Chance(0.5))];
        cluster.Network.Mend();
        foreach (ulong from in ids)
        {
            foreach (ulong to in ids)
            {
                bool isCut = lonely != 0 ? lonely == (hears ? from : to) : side.Contains(from) != side.Contains(to) && from != bridge && to != bridge;
                if (isCut && from != to)
                {
                    cluster.Network.Cut(from, to);
                }
            }
        }

        cluster.Tally.Count(kind);
        cluster.Agenda.In(draw.Around(2.5 * cluster.Plan.ElectionTimeout), cluster.Network.Mend);
        return true;
    }

    private bool Kill(FaultKind kind)
    {
        // Now and then everybody goes down at once.
        List<SimulatedNode> victims = draw.Chance(0.1)
            ? [.. cluster.Nodes.Where(static node => node.Life is not null)]
            : AnyThatRuns() is { } victim ? [victim] : [];
        foreach (SimulatedNode node in victims)
        {
            if (kind == FaultKind.ProcessDeath && draw.Chance(0.2))
            {
                node.Life!.Stop();
            }

            node.Kill(inStep: false);
            if (kind == FaultKind.PowerLoss)
            {
                cluster.LosePower(node);
            }
            else
            {
                cluster.Tally.Count(kind);
            }

            cluster.RestartLater(node);
        }

        return victims.Count > 0;
    }
}
