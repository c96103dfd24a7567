using System;

namespace RaftEngine;

/// <summary>
/// The state machine threw, which stops the node: a replica that skipped an entry would differ from the others. As long as the state machine throws there, the node stops at the
/// same index each time it is started.
/// </summary>
public sealed class StateMachineFailedException : Exception
{
    /// <summary>An exception that names the place.</summary>
    /// <param name="index">The index of the entry that was applied; of a snapshot that was taken or restored, the last index that it includes.</param>
    /// <param name="term">The entry's term.</param>
    /// <param name="innerException">What the state machine threw.</param>
    public StateMachineFailedException(long index, long term, Exception innerException)
        : base($"The state machine failed at index {index} of term {term}: {innerException.Message}", innerException)
    {
        Index = index;
        Term = term;
    }

    /// <summary>The index of the entry that was applied; of a snapshot that was taken or restored, the last index that it includes.</summary>
    public long Index { get; }

    /// <summary>The entry's term.</summary>
    public long Term { get; }
}
