using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Simulate.Disk;
using RaftEngine.Snapshots;

namespace RaftEngine.Simulate.Simulation;

/// <summary>What goes wrong with disks and clocks.</summary>
internal sealed partial class Misfortune
{
    private bool Hurt(FaultKind kind)
    {
        if (kind is FaultKind.Wipe or FaultKind.RolledBack)
        {
            return kind == FaultKind.Wipe ? Wipe() : RollBack();
        }

        if (AnyThatRuns() is not { } node)
        {
            return false;
        }

        long now = cluster.Agenda.Now;
        switch (kind)
        {
            case FaultKind.Pause:
                node.PausedUntil = now + draw.Around(cluster.Plan.ElectionTimeout);
                break;
            case FaultKind.ApplyStall:
                node.AppliesSlowlyUntil = now + draw.Around(4 * cluster.Plan.ElectionTimeout);
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
            case FaultKind.BitFlip:
                node.Kill(inStep: false);
                cluster.RestartLater(node);
                return FlipBit(node);
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

    // A start on a damaged disk is refused, or the damage is harmless: everything that the node had promised is still
    // there. The newest segment is left alone, because it is unknown whether the data behind its last mark was ever
    // whole.
    private bool FlipBit(SimulatedNode node)
    {
        DiskImage image = node.Disk.Image.Clone();
        string[] names = [.. image.Names.Keys.Where(name => image.FileOf(name).Length > 0 && !SegmentFactory.IsPrepared(name))];
        string? newest = names.Where(static name => SegmentFormat.TryParseName(name, out _)).Max(StringComparer.Ordinal);
        List<string> chosen = [.. names.Where(name => name != newest)];
        using FakeDisk disk = new(image) { Reclaims = true };
        if (chosen.Count == 0)
        {
            return false;
        }

        List<string> snapshots = [.. chosen.Where(static name => SnapshotFormat.TryParseName(name, out _))];
        bool isSnapshot = snapshots.Count > 0 && draw.Chance(0.3);
        string file = draw.Of(isSnapshot ? snapshots : chosen);
        int offset = (int)draw.Below(image.FileOf(file).Length);
        disk.FlipBit(file, offset, (int)draw.Below(8));
        cluster.Tally.Count(FaultKind.BitFlip);
        cluster.Tally.Count(FaultKind.SnapshotBitFlip, SnapshotFormat.TryParseName(file, out _));
        LogMirror mirror = node.Mirror;
        try
        {
            (long last, ulong chain, HardState state) = NodeLife.TryOpen(cluster, node, disk.OpenDirectory(), draw.Fork(), mirror.DurableIndex);
            bool isWhole = last >= mirror.DurableIndex && (chain == 0 || mirror[mirror.DurableIndex] == 0 || chain == mirror[mirror.DurableIndex])
                && state.Term >= mirror.Term && (state.Term > mirror.Term || state.Vote == mirror.Vote);
            if (!isWhole)
            {
                throw new ViolationException(
                    $"Node {node.Id} starts with a bit turned over at {offset} of '{file}', with a log up to {last} instead of {mirror.DurableIndex}, in {state}.");
            }
        }
        catch (Exception refused) when (refused is LogCorruptedException or SnapshotCorruptedException or DataDirectoryException)
        {
            cluster.Tally.Count(EventKind.DamageRefused);
        }
        catch (Exception other) when (other is not ViolationException)
        {
            throw new ViolationException(
                $"Node {node.Id}, with a bit turned over at {offset} of '{file}', fails in a way that does not say so: {other.GetType().Name}: {other.Message}", other);
        }

        return true;
    }

    // A voter loses its files. That is no more than a minority can lose, and only once everybody knows by which incarnation to tell the one that was from the one that will be.
    private bool Wipe()
    {
        List<SimulatedNode> all = [.. cluster.Nodes.Where(static node => !node.IsRetired && !node.IsStranger)];
        SimulatedNode? onceAlone = cluster.FirstVoters is [ulong first] ? all.Find(node => node.Id == first) : null;
        SimulatedNode victim = onceAlone is not null && draw.Chance(0.7) ? onceAlone : draw.Of(all);
        if (!MayLose(victim))
        {
            return false;
        }

        ulong[] others = [.. cluster.Leader()!.Core.Configuration.Configuration.Voters.Where(id => id != victim.Id)];
        victim.Kill(inStep: false);
        victim.Wipe(others);
        cluster.Tally.Count(FaultKind.WipeOfOnceAlone, cluster.FirstVoters is [ulong alone] && alone == victim.Id);
        cluster.RestartLater(victim);
        cluster.Tally.Count(FaultKind.Wipe);
        cluster.Trace.Say(victim.Id, $"node {victim.Id} has lost its files");
        return true;
    }

    // A voter's files go back. What it has acknowledged since, the others all have, and it has not voted since: or, as with any loss of what was promised, nothing would be safe.
    private bool RollBack()
    {
        List<SimulatedNode> running =
        [
            .. cluster.Nodes.Where(static node => node is { Life: not null, IsStranger: false, IsWiped: false, IsRolledBack: false }),
        ];
        if (running.Count == 0)
        {
            return false;
        }

        SimulatedNode copied = draw.Of(running);
        copied.StopAndCopy();
        cluster.RestartLater(copied);
        for (int i = 1; i <= 40; i++)
        {
            cluster.Agenda.In(i * cluster.Plan.ElectionTimeout.Ticks / 4, PutBack);
        }

        return true;
    }

    private void PutBack()
    {
        List<SimulatedNode> possible = [.. cluster.Nodes.Where(static node => node.HasOlderCopy && !node.IsStranger)];
        SimulatedNode? victim = possible.Count == 0 ? null : draw.Of(possible);
        if (victim is null || cluster.IsHealed || !MayLose(victim)
            || !cluster.Nodes.All(other => other.IsRetired || other.IsStranger || HasAllOf(other.Mirror, victim.Mirror)))
        {
            return;
        }

        victim.Kill(inStep: false);
        victim.RollBack();
        cluster.RestartLater(victim);
        cluster.Tally.Count(FaultKind.RolledBack);
        cluster.Trace.Say(victim.Id, $"the files of node {victim.Id} are put back");
    }

    private static bool HasAllOf(LogMirror mirror, LogMirror other) =>
        mirror.DurableIndex >= other.LastIndex && (mirror[other.LastIndex] == other[other.LastIndex] || mirror[other.LastIndex] == 0);

    private bool MayLose(SimulatedNode victim)
    {
        List<SimulatedNode> all = [.. cluster.Nodes.Where(static node => !node.IsRetired && !node.IsStranger)];
        if (all.Exists(static node => node.Life is null || node.IsWiped || node.IsRolledBack) || cluster.Leader() is not { } leader)
        {
            return false;
        }

        LoggedConfiguration known = leader.Core.Configuration;
        Member member = known.Configuration.Find(victim.Id);
        bool isSettled = all.TrueForAll(node =>
            node.Life!.Core.Configuration.Index == known.Index && node.Life.Core.CommitIndex >= known.Index && node.Mirror.DurableIndex >= known.Index);
        bool isKnown = member.Incarnation == victim.Life!.Incarnation || cluster.Sabotage == Sabotage.WipedNodesGoOn;
        return isSettled && !known.Configuration.IsJoint && known.Configuration.Voters.Length >= 3 && member.Votes && isKnown;
    }
}
