using System;
using System.Collections.Generic;
using System.Linq;

namespace RaftEngine.Simulate.Simulation;

/// <summary>What goes wrong with disks and clocks.</summary>
internal sealed partial class Misfortune
{
    private static readonly FaultKind[] NotYet = [FaultKind.BitFlip, FaultKind.Wipe];

    private bool Hurt(FaultKind kind)
    {
        if (NotYet.Contains(kind) || AnyThatRuns() is not { } node)
        {
            return false;
        }

        long now = cluster.Agenda.Now;
        switch (kind)
        {
            case FaultKind.Pause:
                node.PausedUntil = now + draw.Around(cluster.Plan.ElectionTimeout);
                break;
            case FaultKind.DiskStall:
                node.StalledUntil = now + draw.Around(2 * cluster.Plan.ElectionTimeout);
                break;
            case FaultKind.FailedSync:
                node.FailNext("sync");
                break;
            case FaultKind.FailedWrite:
                node.FailNext("write");
                break;
            case FaultKind.FullDisk:
                node.Disk.Room = node.Disk.UsedBytes + draw.Below(2 * cluster.Plan.SegmentBytes);
                cluster.Agenda.In(draw.Around(4 * cluster.Plan.ElectionTimeout), () => node.Disk.Room = long.MaxValue);
                break;
            case FaultKind.ClockJump:
                node.Clock.Show(now, node.Clock.At(now) + new TimeSpan(draw.Around(cluster.Plan.ElectionTimeout)));
                node.Life?.Settle();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, null);
        }

        cluster.Tally.Count(kind);
        return true;
    }
}
