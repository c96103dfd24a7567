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

    /// <summary>A node comes up again with an older copy of its disk.</summary>
    DisksGoBack,
}
