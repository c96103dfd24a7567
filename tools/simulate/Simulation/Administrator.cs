using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;

namespace RaftEngine.Simulate.Simulation;

/// <summary>Changes who is a member and who leads, now and then, with nothing in hand but what a leader tells.</summary>
internal sealed class Administrator(SimulatedCluster cluster, Draw draw)
{
    public void Begin() => Later();

    private void Later() => cluster.Agenda.In(draw.Around(cluster.Plan.AdministersEvery), () =>
    {
        if (!cluster.IsHealed)
        {
            if (cluster.Leader() is { } leader && leader.Node.PausedUntil <= cluster.Agenda.Now)
            {
                Administer(leader);
            }

            Later();
        }
    });

    private void Administer(NodeLife leader)
    {
        if (cluster.Plan.TransfersLeadership && draw.Chance(0.4))
        {
            if (leader.TransferLeadership(draw.Chance(0.5) ? 0 : draw.Of(leader.Core.Configuration.Configuration.Voters)) == TransferResult.Accepted)
            {
                cluster.Tally.Count(EventKind.Transfer);
                cluster.Trace.Say(0xF0, $"node {leader.Node.Id} hands over to {leader.Core.TransferTarget}");
            }
        }
    }
}
