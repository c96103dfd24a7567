using RaftEngine.Protocol;

namespace RaftEngine;

/// <summary>
/// Names a command of a client session, so that a try that is repeated, on whatever node, is applied once and gets the first try's result (thesis §6.3).
/// </summary>
/// <param name="SessionId">The session, as <see cref="RaftNode{TResult}.OpenSessionAsync"/> gave it.</param>
/// <param name="Sequence">The command's number in its session: from 1, and another for each command. Commands may be on their way at the same time, and in any order.</param>
/// <param name="FirstUnsettled">The lowest sequence whose result the client has not had yet; results below it are forgotten. At most <paramref name="Sequence"/>, and
/// less than <see cref="MaxUnsettled"/> below it.</param>
public readonly record struct SessionSequence(long SessionId, long Sequence, long FirstUnsettled)
{
    /// <summary>How many commands of a session may be on their way at the same time: the results that are remembered for it.</summary>
    public const int MaxUnsettled = SessionFormat.MaxUnsettled;
}
