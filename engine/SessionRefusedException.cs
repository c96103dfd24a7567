using System;

namespace RaftEngine;

/// <summary>A command of a client session was committed, and not applied; every node decides so alike. Sending it again leads to the same.</summary>
public sealed class SessionRefusedException : Exception
{
    /// <summary>An exception that says why.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="sessionId">The session; 0 if it was to be opened.</param>
    /// <param name="sequence">The command's sequence; 0 if it was no command.</param>
    public SessionRefusedException(SessionRefusal reason, long sessionId, long sequence)
        : base($"Session {sessionId}, sequence {sequence}: refused, {reason}. This try was not applied.")
    {
        Reason = reason;
        SessionId = sessionId;
        Sequence = sequence;
    }

    /// <summary>Why.</summary>
    public SessionRefusal Reason { get; }

    /// <summary>The session; 0 if it was to be opened.</summary>
    public long SessionId { get; }

    /// <summary>The command's sequence; 0 if it was no command.</summary>
    public long Sequence { get; }
}
