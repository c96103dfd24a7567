namespace RaftEngine.Simulate.Simulation;

/// <summary>What can go wrong.</summary>
internal enum FaultKind
{
    /// <summary>A message got lost.</summary>
    Loss,

    /// <summary>A message came twice.</summary>
    Duplicate,

    /// <summary>A message overtook an earlier one.</summary>
    Reorder,

    /// <summary>A message took very long.</summary>
    Delay,

    /// <summary>The nodes were split in two.</summary>
    Partition,

    /// <summary>One node was heard, but heard nothing; or the other way round.</summary>
    OneWayPartition,

    /// <summary>Two sides that reach each other only through one node.</summary>
    BridgePartition,

    /// <summary>A node lost its power, and with it some of what was not synced.</summary>
    PowerLoss,

    /// <summary>A loss of power left only a part of what had been written: of the pages and sectors, some are old and some new.</summary>
    TornWrite,

    /// <summary>That node had acknowledged what it had not synced.</summary>
    UnsyncedLoss,

    /// <summary>A stopped node's files were put back to what they were before.</summary>
    RolledBack,

    /// <summary>A node's process died between two steps; the disk has all that was written.</summary>
    ProcessDeath,

    /// <summary>A node died in the middle of a step, at a call of the disk.</summary>
    DeathInStep,

    /// <summary>A node did not run for a while.</summary>
    Pause,

    /// <summary>A pause came between the loop's look at the clock and what the batch did.</summary>
    LateBatch,

    /// <summary>A state machine took very long to apply.</summary>
    ApplyStall,

    /// <summary>A disk took very long to sync.</summary>
    DiskStall,

    /// <summary>A sync failed.</summary>
    FailedSync,

    /// <summary>A write failed, and may have written half.</summary>
    FailedWrite,

    /// <summary>A disk was full for a while.</summary>
    FullDisk,

    /// <summary>A bit of a stopped node's files was turned over.</summary>
    BitFlip,

    /// <summary>The bit was one of a snapshot.</summary>
    SnapshotBitFlip,

    /// <summary>A node lost all of its files.</summary>
    Wipe,

    /// <summary>That node's number had once been the only voter.</summary>
    WipeOfOnceAlone,

    /// <summary>A node was started that had begun a cluster with other voters.</summary>
    OtherVoters,

    /// <summary>A node's clock was fast or slow.</summary>
    ClockSkew,

    /// <summary>A node's clock jumped forward.</summary>
    ClockJump,
}
