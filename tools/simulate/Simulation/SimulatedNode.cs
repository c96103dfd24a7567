using System;
using System.Collections.Generic;
using System.IO;
using RaftEngine.Protocol;
using RaftEngine.Simulate.Disk;
using RaftEngine.Storage;

namespace RaftEngine.Simulate.Simulation;

/// <summary>A machine: its disk and its clock, which outlive the processes that run on it one after the other.</summary>
internal sealed class SimulatedNode : IDisposable
{
    private readonly SimulatedCluster _cluster;
    private readonly Draw _draw;
    private int _callsToDeath;
    private string? _failingOperation;
    private DiskImage? _earlier;
    private DiskCopy? _copy;
    private bool _hasLostTail;
    private long _rolledBackFrom;

    public SimulatedNode(SimulatedCluster cluster, ulong id, ulong[] firstVoters, Draw draw)
    {
        _cluster = cluster;
        _draw = draw;
        Id = id;
        FirstVoters = firstVoters;
        Disk = NewDisk();
        Boot();
    }

    public ulong Id { get; }

    /// <summary>The voters that this node's cluster started with, as far as this node is told.</summary>
    public ulong[] FirstVoters { get; private set; }

    public FakeDisk Disk { get; private set; }

    public NodeClock Clock { get; } = new();

    /// <summary>What its log was when it was last looked at.</summary>
    public LogMirror Mirror { get; private set; } = new();

    /// <summary>What its log was when it lost its files; its last acknowledgments may still be on their way.</summary>
    public LogMirror? Lost { get; private set; }

    /// <summary>The process that runs; null if none does.</summary>
    public NodeLife? Life { get; private set; }

    /// <summary>Until this true time the process does not run.</summary>
    public long PausedUntil { get; set; }

    /// <summary>Until this true time syncs take very long.</summary>
    public long StalledUntil { get; set; }

    /// <summary>Until this true time the state machine takes very long to apply.</summary>
    public long AppliesSlowlyUntil { get; set; }

    /// <summary>True if it has lost its files, and has not been let in again since.</summary>
    public bool IsWiped { get; private set; }

    /// <summary>True if it has lost what it may have acknowledged, and may still lack it.</summary>
    public bool HasLostTail => _hasLostTail &= Life is not { Core.IsTailInDoubt: false };

    /// <summary>True if its files were put back, and it may still lack what it had acknowledged.</summary>
    public bool IsRolledBack => _rolledBackFrom > 0 && !(Life is { } life && life.Core.CommitIndex >= _rolledBackFrom);

    /// <summary>True if it began a cluster with other voters than this one's.</summary>
    public bool IsStranger { get; init; }

    /// <summary>True if it is not to come back.</summary>
    public bool IsRetired { get; private set; }

    /// <summary>True if the last life ended in the middle of a step, so that what it had just done to its log was not looked at.</summary>
    public bool DiedInStep { get; private set; }

    /// <summary>True if something was made to fail, so that the node may end by itself.</summary>
    public bool MayFail { get; private set; }

    /// <summary>True from the moment at which the process died in the middle of a step.</summary>
    public bool DiesNow { get; private set; }

    /// <summary>How long the next sync takes, in ticks.</summary>
    public long SyncTicks()
    {
        long usual = _draw.Around(_cluster.Plan.MeanSync);
        return _cluster.Agenda.Now < StalledUntil ? usual + Math.Min(StalledUntil - _cluster.Agenda.Now, _draw.Around(_cluster.Plan.ElectionTimeout)) : usual;
    }

    /// <summary>How long the state machine is busy with what it was given before, in ticks.</summary>
    public long ApplyTicks()
    {
        long left = AppliesSlowlyUntil - _cluster.Agenda.Now;
        return left > 0 ? Math.Min(left, _draw.Around(_cluster.Plan.ElectionTimeout)) : 0;
    }

    /// <summary>Starts a process on what is on the disk.</summary>
    public void Start()
    {
        Life = new NodeLife(_cluster, this, _draw.Fork());
        Life.Begin();
        DiedInStep = false;
    }

    /// <summary>The process ends as it is.</summary>
    public void Kill(bool inStep)
    {
        NodeLife? life = Life;
        Life = null;
        Calm();
        DiedInStep |= inStep;
        PausedUntil = 0;
        life?.Dispose();
    }

    /// <summary>The power fails: what was not synced is lost, or some of it.</summary>
    /// <returns>True if only a part of what was not synced was lost.</returns>
    public bool LosePower()
    {
        if (_cluster.Sabotage == Sabotage.DisksGoBack)
        {
            GoBack();
            return false;
        }

        _hasLostTail = _cluster.Plan.Durability != Durability.Fsync;
        bool isTorn = Disk.Image.HasUnsynced;
        int kind = (int)_draw.Below(6);
        isTorn &= kind > 1;
        bool bySector = _draw.Chance(0.5);
        Disk.LosePower(
            kind switch
            {
                0 => static _ => 0,
                1 => static choices => choices - 1,
                2 => choices => _draw.Chance(0.1) ? (int)_draw.Below(choices) : 0,
                3 => choices => _draw.Chance(0.1) ? (int)_draw.Below(choices) : choices - 1,
                _ => choices => (int)_draw.Below(choices),
            },
            bySector);
        Boot();
        return isTorn;
    }

    /// <summary>All files are gone.</summary>
    public void Wipe(ulong[] firstVoters)
    {
        Disk.Dispose();
        Disk = NewDisk();
        Lost = Mirror;
        Mirror = new LogMirror();
        FirstVoters = firstVoters.Length > 0 ? firstVoters : [Id + 1]; // whom a node joins does not matter to it, only that it is not itself
        IsWiped = true;
        _rolledBackFrom = 0;
    }

    /// <summary>The process ends, and its files are copied.</summary>
    public void StopAndCopy()
    {
        NodeLife life = Life!;
        DiskCopy copy = new(Disk.Image.Clone(), Mirror.LastIndex, life.SavedHardState, life.Core.Configuration.Index, life.Incarnation);
        Kill(inStep: false);
        _copy?.Image.Dispose();
        _copy = copy;
    }

    /// <summary>True if there is a copy of its files from before, in the same term and configuration, that lacks some of what it has acknowledged.</summary>
    public bool HasOlderCopy => _copy is { } copy && copy.HardState == new HardState(Mirror.Term, Mirror.Vote) && copy.LastIndex < Mirror.DurableIndex
        && Life is { } life && copy.ConfigurationIndex == life.Core.Configuration.Index && copy.Incarnation == life.Incarnation;

    /// <summary>The older copy takes the place of its files.</summary>
    public void RollBack()
    {
        Disk.Dispose();
        Disk = NewDisk(_copy!.Image.Clone());
        _rolledBackFrom = Mirror.LastIndex;
        Lost = Mirror;
        Mirror = new LogMirror();
    }

    /// <summary>It has been let in again.</summary>
    public void Rejoined() => IsWiped = false;

    /// <summary>It is taken away, and never comes back.</summary>
    public void Retire()
    {
        Kill(inStep: false);
        IsRetired = true;
    }

    /// <summary>The process dies at one of its next calls of the disk.</summary>
    public void DieSoon() => _callsToDeath = 1 + (int)_draw.Below(8);

    /// <summary>The next operation of a kind on the disk fails.</summary>
    public void FailNext(string operation)
    {
        _failingOperation = operation;
        MayFail = true;
    }

    public void Dispose()
    {
        Kill(inStep: true);
        Disk.Dispose();
        _earlier?.Dispose();
        _copy?.Image.Dispose();
    }

    private void GoBack()
    {
        DiskImage? earlier = _earlier;
        _earlier = Disk.Image.Clone();
        if (earlier is not null)
        {
            Disk.Dispose();
            Disk = NewDisk(earlier);
        }
    }

    private FakeDisk NewDisk(DiskImage? image = null)
    {
        FakeDisk disk = image is null ? new FakeDisk(_cluster.Plan.LargestFileBytes) { Reclaims = true } : new FakeDisk(image) { Reclaims = true };
        disk.Interferes = Interfere;
        disk.Synced = () => Life?.OnSynced();
        if (_cluster.Sabotage == Sabotage.DisksIgnoreSyncs)
        {
            disk.Ignores = static (_, operation) => operation.Kind == DiskOperation.Kinds.EndSync;
        }

        return disk;
    }

    // The clock of a machine that comes up starts somewhere, and runs at its own rate.
    private void Boot()
    {
        double skew = ((2 * _draw.Unit()) - 1) * _cluster.Plan.MaxClockSkew;
        if (skew != 0)
        {
            _cluster.Tally.Count(FaultKind.ClockSkew);
        }

        Clock.Run(_cluster.Agenda.Now, 1 + skew);
        Clock.Show(_cluster.Agenda.Now, TimeSpan.FromMilliseconds(_draw.Below(10_000)));
    }

    private Exception? Interfere(string operation, string path)
    {
        if (DiesNow || (_callsToDeath > 0 && --_callsToDeath == 0))
        {
            DiesNow = true;
            return new ProcessDiedException();
        }

        if (_failingOperation == operation)
        {
            _failingOperation = null;
            return new StorageFailedException(operation, path, new IOException("Input/output error"));
        }

        return null;
    }

    /// <summary>Nothing that was to go wrong will.</summary>
    public void Calm()
    {
        DiesNow = false; // what the disk refused a helper before may still come out
        _callsToDeath = 0;
        _failingOperation = null;
    }
}
