namespace RaftEngine.Simulate.Linearizability;

/// <summary>What a check found.</summary>
internal enum Verdict
{
    /// <summary>There is an order of the operations that explains every result.</summary>
    Linearizable,

    /// <summary>There is none.</summary>
    NotLinearizable,

    /// <summary>A bound was reached before either was known.</summary>
    Unknown,
}
