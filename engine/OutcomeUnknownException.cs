using System;

namespace RaftEngine;

/// <summary>
/// The command was appended, or sent to the leader, but this node cannot say whether it will be committed: leadership was lost, the node stopped, or the leader did not
/// answer while the command was on its way.
/// If a failure stopped the node, that is the inner exception.
/// Sending it again may apply it twice, unless the state machine recognizes repeats.
/// </summary>
public sealed class OutcomeUnknownException : Exception
{
    /// <summary>An exception for one entry.</summary>
    /// <param name="index">The entry's log index; 0 if it is not known.</param>
    /// <param name="innerException">Why, if an error was the cause.</param>
    public OutcomeUnknownException(long index, Exception? innerException = null)
        : base($"The outcome of the command{(index == 0 ? "" : $" at index {index}")} is unknown: it may or may not be committed.", innerException)
    {
        Index = index;
    }

    /// <summary>The entry's log index; 0 if it is not known.</summary>
    public long Index { get; }
}
