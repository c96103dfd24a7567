namespace RaftEngine;

/// <summary>Why a command of a client session was not applied.</summary>
public enum SessionRefusal
{
    /// <summary>The session has expired, was closed, or never was. Whether an earlier try of the same command was applied is not known any more.</summary>
    Expired = 1,

    /// <summary>The client has said that it had the result: this is a late repeat.</summary>
    Settled = 2,

    /// <summary>There are as many sessions as there may be (<see cref="RaftOptions.MaxSessions"/>); this one was not opened.</summary>
    TooManySessions = 3,
}
