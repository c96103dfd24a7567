namespace RaftEngine.Protocol;

/// <summary>What stands in front of the command in an entry of kind <see cref="EntryKind.Session"/>.</summary>
/// <param name="TimeMilliseconds">The log's time when the entry was appended.</param>
/// <param name="Operation">What it does.</param>
/// <param name="SessionId">The session; 0 for one that is being opened.</param>
/// <param name="Sequence">A command's number in its session, from 1.</param>
/// <param name="FirstUnsettled">Of lower sequences the client has all answers.</param>
/// <param name="TimeoutMilliseconds">A session that is being opened: for how long it is remembered after its last entry.</param>
/// <param name="MaxSessions">A session that is being opened: it is not if there are as many as this.</param>
public readonly record struct SessionHeader(
    long TimeMilliseconds,
    SessionOperation Operation,
    long SessionId = 0,
    long Sequence = 0,
    long FirstUnsettled = 0,
    long TimeoutMilliseconds = 0,
    int MaxSessions = 0);
