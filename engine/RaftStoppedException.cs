using System;

namespace RaftEngine;

/// <summary>
/// The node has stopped. What was asked for was not done: a command was never appended, and it is safe to send it to another node. A command that was appended before the node
/// stopped ends with <see cref="OutcomeUnknownException"/> instead, which carries the same cause.
/// </summary>
public sealed class RaftStoppedException : ObjectDisposedException
{
    /// <summary>An exception that carries the cause.</summary>
    /// <param name="cause">The failure that stopped the node; null if it was stopped in order.</param>
    public RaftStoppedException(Exception? cause)
        : base(cause is null ? "The node has been stopped." : $"The node has stopped because of a failure: {cause.Message}", cause)
    {
    }
}
