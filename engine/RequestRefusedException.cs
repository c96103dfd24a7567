using System;

namespace RaftEngine;

/// <summary>The node cannot do what was asked for, now or at all. Nothing was changed.</summary>
public sealed class RequestRefusedException : Exception
{
    /// <summary>An exception that says why.</summary>
    /// <param name="reason">Why.</param>
    public RequestRefusedException(RequestRefusal reason)
        : base($"The request was refused: {reason}. Nothing was changed.")
    {
        Reason = reason;
    }

    /// <summary>Why.</summary>
    public RequestRefusal Reason { get; }
}
