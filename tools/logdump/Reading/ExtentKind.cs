namespace RaftEngine.LogDump.Reading;

/// <summary>What a stretch of a segment is, in the order of what matters: where several share a place in a picture, the highest is shown.</summary>
internal enum ExtentKind
{
    /// <summary>Zeros that nothing was ever written to.</summary>
    Slack,

    /// <summary>What the file held when it was another segment.</summary>
    Stale,

    /// <summary>The header's page.</summary>
    Header,

    /// <summary>Records, whole, known to be on disk.</summary>
    Ok,

    /// <summary>The mark behind the last record.</summary>
    Mark,

    /// <summary>Records, whole, that no mark calls synced.</summary>
    Unsynced,

    /// <summary>What a write that never finished has left; the node cuts it.</summary>
    Torn,

    /// <summary>Records that are whole by themselves, behind damage: nothing shows that they are the ones that belong there.</summary>
    Detached,

    /// <summary>A segment that does not continue the one before it.</summary>
    BrokenChain,

    /// <summary>Was on disk, and is not what was written.</summary>
    Damaged,
}
