namespace RaftEngine.Simulate.Simulation;

/// <summary>How a call ended.</summary>
internal enum CallOutcome
{
    Done,

    /// <summary>It has had no effect, and never will: ask again.</summary>
    Refused,

    /// <summary>It may have an effect, now, later or never.</summary>
    Unknown,

    /// <summary>Its session is not known any more: this try has had no effect, and never will.</summary>
    Expired,

    /// <summary>Its client has said that it had the result.</summary>
    Settled,
}
