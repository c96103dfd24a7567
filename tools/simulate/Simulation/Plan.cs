using System;
using System.Collections.Generic;

namespace RaftEngine.Simulate.Simulation;

/// <summary>What a seed makes of a simulation: how fast things are, how large, and how often each fault happens. Each fault is left out of about half of all simulations.</summary>
internal sealed class Plan
{
    /// <summary>The most a clock may gain or lose: two clocks then stay within what a lease allows for.</summary>
    private const double ClockSkew = 0.02;

    private static readonly FaultKind[] TimedFaults =
    [
        FaultKind.Partition, FaultKind.OneWayPartition, FaultKind.BridgePartition, FaultKind.PowerLoss, FaultKind.ProcessDeath, FaultKind.DeathInStep, FaultKind.Pause,
        FaultKind.ApplyStall, FaultKind.DiskStall, FaultKind.FailedSync, FaultKind.FailedWrite, FaultKind.FullDisk, FaultKind.BitFlip, FaultKind.Wipe, FaultKind.ClockJump,
        FaultKind.RolledBack, FaultKind.OtherVoters,
    ];

    private readonly Dictionary<FaultKind, TimeSpan> _every = [];

    public Plan(Draw draw, Sabotage sabotage, bool isCalm)
    {
        HeartbeatInterval = TimeSpan.FromMilliseconds(draw.Between(60, 250));
        MeanDelay = TimeSpan.FromMicroseconds(draw.Between(100, 12_000));
        MeanSync = TimeSpan.FromMicroseconds(draw.Between(50, 8_000));
        MeanThought = TimeSpan.FromMilliseconds(draw.Between(40, 500));
        Loss = draw.Chance(0.5) ? draw.Unit() * 0.1 : 0;
        Duplicate = draw.Chance(0.5) ? draw.Unit() * 0.05 : 0;
        LongDelay = draw.Chance(0.5) ? draw.Unit() * 0.02 : 0;
        KeepsOrder = draw.Chance(0.3);
        SegmentBytes = 16384 << (int)draw.Below(3);
        SnapshotLogBytes = draw.Between(8 << 10, 48 << 10);
        RetainedLogBytes = draw.Chance(0.3) ? 0 : draw.Between(0, 32 << 10);
        MaxLogBytes = draw.Chance(0.3) ? (4 * SegmentBytes) + (2 * (SnapshotLogBytes + RetainedLogBytes)) : 0;
        SnapshotFillerBytes = (int)draw.Between(0, 30 << 10);
        CommandFillerBytes = (int)draw.Between(0, 600);
        foreach (FaultKind kind in TimedFaults)
        {
            bool isActive = draw.Chance(0.5);
            double seconds = 3 * Math.Pow(20, draw.Unit());
            if (isActive)
            {
                _every[kind] = TimeSpan.FromSeconds(seconds);
            }
        }

        // A clock that jumps may end a follower's silence before its time: leases and jumps exclude each other.
        UsesLeases = sabotage == Sabotage.ClocksRunWild || !_every.ContainsKey(FaultKind.ClockJump);
        if (sabotage == Sabotage.ClocksRunWild)
        {
            _every.Remove(FaultKind.ClockJump);
            MaxClockSkew = 0.9;
        }
        else
        {
            MaxClockSkew = draw.Chance(0.5) ? ClockSkew : 0;
        }

        ChangesMembers = draw.Chance(0.6) && !isCalm;
        TransfersLeadership = draw.Chance(0.6) && !isCalm;
        AdministersEvery = TimeSpan.FromSeconds(2 * Math.Pow(8, draw.Unit()));
        ForwardsProposals = draw.Chance(0.5);
        BeginsWithStranger = draw.Chance(0.2) && !isCalm;
        GrowsFromOne = draw.Chance(0.15) && !isCalm && sabotage == Sabotage.None;
        GrowFromOne(draw);
        MeanLongDelay = ElectionTimeout;
        MaxElectionTimeout = draw.Chance(0.5) ? ElectionTimeout : ElectionTimeout * draw.Between(2, 4);
        SnapshotBytesPerSecond = 1 << 20;
        SendSlowly(draw);
        Durability = (draw.Below(8), sabotage, isCalm) switch
        {
            (0, Sabotage.None, false) => Durability.Interval,
            (1, Sabotage.None, false) => Durability.None,
            _ => Durability.Fsync,
        };
        if (Durability != Durability.Fsync)
        {
            // Where a majority is in doubt, all voters must vote: none may be gone for good, or unable to.
            _every.Remove(FaultKind.Wipe);
            _every.Remove(FaultKind.RolledBack);
        }

        if (isCalm)
        {
            _every.Clear();
            Loss = Duplicate = LongDelay = 0;
        }
    }

    /// <summary>A cluster in which nothing goes wrong by itself, as somebody wants it.</summary>
    public Plan(Draw draw, Climate climate)
        : this(draw, Sabotage.None, isCalm: true)
    {
        ElectionTimeout = climate.ElectionTimeout;
        MaxElectionTimeout = climate.MaxElectionTimeout;
        HeartbeatInterval = climate.HeartbeatInterval;
        LeastDelay = climate.LeastDelay;
        MeanDelay = climate.MeanJitter;
        MeanSync = climate.MeanSync;
        LongDelay = climate.Loss;
        MeanLongDelay = climate.Retransmission;
        KeepsOrder = true;
        ForwardsProposals = false;
        SegmentBytes = 64 << 10;
        MaxLogBytes = 0;
    }

    /// <summary>What all nodes wait for before they acknowledge an entry.</summary>
    public Durability Durability { get; }

    public TimeSpan ElectionTimeout { get; } = TimeSpan.FromSeconds(1);

    /// <summary>How far measurements may raise it.</summary>
    public TimeSpan MaxElectionTimeout { get; }

    public TimeSpan HeartbeatInterval { get; }

    /// <summary>How long every message takes at least.</summary>
    public TimeSpan LeastDelay { get; }

    /// <summary>How long a message takes beyond that, on average.</summary>
    public TimeSpan MeanDelay { get; }

    /// <summary>How long a message that is much delayed takes on top, on average.</summary>
    public TimeSpan MeanLongDelay { get; }

    /// <summary>How long a sync takes, on average.</summary>
    public TimeSpan MeanSync { get; }

    /// <summary>How long a client waits between two operations, on average.</summary>
    public TimeSpan MeanThought { get; }

    /// <summary>The share of messages that get lost; likewise for the others.</summary>
    public double Loss { get; }

    public double Duplicate { get; }

    public double LongDelay { get; }

    /// <summary>Whether messages between two nodes stay in order, as on a connection.</summary>
    public bool KeepsOrder { get; }

    public int SegmentBytes { get; }

    public long SnapshotLogBytes { get; }

    public long RetainedLogBytes { get; }

    public long MaxLogBytes { get; }

    public long SnapshotBytesPerSecond { get; private set; }

    public int SnapshotFillerBytes { get; private set; }

    /// <summary>What a file on a node's disk may hold.</summary>
    public int LargestFileBytes => SnapshotFillerBytes > 32 << 10 ? 512 << 10 : 64 << 10;

    public int CommandFillerBytes { get; }

    public bool UsesLeases { get; }

    public double MaxClockSkew { get; }

    public bool ChangesMembers { get; private set; }

    public bool TransfersLeadership { get; }

    /// <summary>Whether nodes send the commands that they are given to the leader.</summary>
    public bool ForwardsProposals { get; }

    /// <summary>Whether the cluster begins with a single voter, and gets the others by changes of the members.</summary>
    public bool GrowsFromOne { get; }

    /// <summary>Whether a node with other first voters is there from the start.</summary>
    public bool BeginsWithStranger { get; }

    /// <summary>How often an administrator does something, on average.</summary>
    public TimeSpan AdministersEvery { get; private set; }

    /// <summary>The faults that happen at certain times, and how far apart they are on average.</summary>
    public IReadOnlyDictionary<FaultKind, TimeSpan> Every => _every;

    // Sending a snapshot takes longer than some keep the log.
    private void SendSlowly(Draw draw)
    {
        if (draw.Chance(0.15))
        {
            SnapshotBytesPerSecond = 64 << 10;
            SnapshotFillerBytes = (int)draw.Between(128 << 10, 384 << 10);
        }
    }

    // Numbers that were once alone lose their directories, and are let in again.
    private void GrowFromOne(Draw draw)
    {
        if (GrowsFromOne)
        {
            ChangesMembers = true;
            AdministersEvery = TimeSpan.FromSeconds(2);
            _every[FaultKind.Wipe] = TimeSpan.FromSeconds(draw.Between(3, 12));
        }
    }
}
