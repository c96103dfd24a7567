using System;

namespace RaftEngine.Protocol;

/// <summary>A later release wrote something that this one does not know and may not skip. Nothing is lost: start the node with
/// that release, or one after it.</summary>
public sealed class LaterReleaseException : Exception
{
    /// <summary>An exception that says what it is.</summary>
    /// <param name="message">What cannot be read, and which release this is.</param>
    public LaterReleaseException(string message)
        : base(message)
    {
    }
}
