namespace RaftEngine.Simulate.Simulation;

/// <summary>How a call ended.</summary>
internal enum CallOutcome
{
    Done,

    /// <summary>It has had no effect, and never will: ask again.</summary>
    Refused,

    /// <summary>It may have an effect, now, later or never.</summary>
    Unknown,
}
