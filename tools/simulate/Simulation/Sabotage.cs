namespace RaftEngine.Simulate.Simulation;

/// <summary>A defect put in on purpose, to see that it is noticed.</summary>
internal enum Sabotage
{
    None,

    /// <summary>Syncs of files do nothing.</summary>
    DisksIgnoreSyncs,

    /// <summary>Votes that are refused are handed over as granted.</summary>
    VotesAreForged,

    /// <summary>Clocks go further apart than leases allow for.</summary>
    ClocksRunWild,

    /// <summary>After a loss of power the disk is what it was some time before.</summary>
    DisksGoBack,

    /// <summary>Nodes count as durable what they have only written.</summary>
    NobodySyncs,

    /// <summary>Nodes that lost their files go on as if nothing had happened.</summary>
    WipedNodesGoOn,
}
