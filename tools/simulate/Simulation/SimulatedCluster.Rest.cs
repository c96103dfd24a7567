using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using RaftEngine.Simulate.Linearizability;

namespace RaftEngine.Simulate.Simulation;

/// <summary>The end of a simulation: nothing goes wrong any more, and the cluster must come to rest and have done everything right.</summary>
internal sealed partial class SimulatedCluster
{
    // All members' logs equal, everything in them committed and applied, one leader, and every client served, within so many election timeouts.
    private void ComeToRest()
    {
        IsHealed = true;
        Network.IsHealed = true;
        Network.Mend();
        foreach (SimulatedNode node in _nodes.Values)
        {
            node.PausedUntil = 0;
            node.StalledUntil = 0;
            node.AppliesSlowlyUntil = 0;
            node.Disk.Room = long.MaxValue;
            node.Calm();
            node.Life?.Settle();
            Start(node);
        }

        Trace.Say(0xE0, $"the faults are over");
        long healedAt = Agenda.Now;
        long deadline = healedAt + (TimeoutsToRest * Plan.MaxElectionTimeout.Ticks) + SendingTicks;
        long[] served = [.. _clients.Select(static client => client.Served)];
        bool areServed = false;
        while (!(areServed && IsAtRest()))
        {
            areServed = areServed || !_clients.Where((client, i) => client.Served == served[i]).Any();
            ClientsRest = areServed;
            if (Agenda.NextAt > deadline)
            {
                throw new ViolationException($"The faults ended at {healedAt / 1e7:F3} s, and at {deadline / 1e7:F3} s the cluster is not at rest: {Describe(areServed)}");
            }

            Agenda.Step();
        }
    }

    // Each node may need a snapshot, one is sent at a time, and one that is under way when the faults end may be in vain.
    private long SendingTicks =>
        2 * _nodes.Values.Count(static node => !node.IsRetired) * Plan.SnapshotFillerBytes * TimeSpan.TicksPerSecond / Plan.SnapshotBytesPerSecond;

    private bool IsAtRest()
    {
        if (_clients.Exists(static client => client.IsBusy) || Leader() is not { } leader)
        {
            return false;
        }

        // Callers that gave up waiting are answered too; otherwise they would fill up the node.
        if (_nodes.Values.Any(static node => node.Life is { HasCommands: true }))
        {
            return false;
        }

        long last = leader.Log.LastIndex;
        ulong chain = leader.Log.ChainAt(last);
        foreach (Member member in leader.Core.Configuration.Configuration.Members)
        {
            SimulatedNode node = _nodes[member.NodeId];
            bool isEqual = node.Life is { } life && life.Log.LastIndex == last && life.Log.ChainAt(last) == chain && life.AppliedIndex == last;
            if (!isEqual && !node.IsWiped)
            {
                return false;
            }
        }

        return true;
    }

    private string Describe(bool areServed)
    {
        IEnumerable<string> nodes = _nodes.Values.Where(static node => !node.IsRetired).Select(static node => node.Life is { } life
            ? $"{node.Id}{(node.IsWiped ? " (wiped)" : "")}: {life.Core.Role} of term {life.Core.HardState.Term}, log {life.Log.FirstIndex} to {life.Log.LastIndex}, committed "
                + $"{life.Core.CommitIndex}, applied {life.AppliedIndex}, {life.Core.Configuration.Configuration}"
            : $"{node.Id}: down");
        return $"clients {(areServed ? "are" : "are not")} served; {string.Join("; ", nodes)}";
    }

    private void JudgeHistory()
    {
        Judgement judgement = LinearizabilityChecker.Check(_workload.History.ToHistory(), new KeyValueModel());
        if (judgement.Verdict == Verdict.NotLinearizable)
        {
            throw new ViolationException($"The history of key {judgement.Key} is not linearizable: {judgement.Culprit}");
        }

        Trace.Note((ulong)judgement.Configurations);
    }
}
