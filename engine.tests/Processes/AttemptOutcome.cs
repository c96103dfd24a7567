namespace RaftEngine.Tests.Processes;

/// <summary>What is known of a request after one attempt.</summary>
internal enum AttemptOutcome
{
    /// <summary>It was answered.</summary>
    Done,

    /// <summary>It was not done, and never will be.</summary>
    NotDone,

    /// <summary>It may have been done, or may still be.</summary>
    Unknown,
}
