using System;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;

namespace RaftEngine;

/// <content>Client sessions: commands that are applied once, however often they are sent (Raft §8, thesis §6.3).</content>
public sealed partial class RaftNode<TResult>
{
    /// <summary>
    /// Opens a client session. It is a part of the replicated state: whichever node leads knows it, and snapshots hold it. It expires when no entry of it has come for
    /// <paramref name="timeout"/>, by the log's time, which passes only while there is a leader.
    /// </summary>
    /// <param name="timeout">How long the session is remembered after its last entry: 1 ms to 365 days.</param>
    /// <param name="cancellationToken">Ends the wait; the session may be opened all the same, and expires.</param>
    /// <returns>The session's id.</returns>
    /// <exception cref="NotSupportedException">The state machine takes snapshots, and does not implement <see cref="IResultFormat{TResult}"/>.</exception>
    /// <exception cref="SessionRefusedException">From the task: there are <see cref="RaftOptions.MaxSessions"/>.</exception>
    /// <exception cref="NotLeaderException">As of <see cref="ProposeAsync(ReadOnlySpan{byte}, CancellationToken)"/>; and so are its other exceptions.</exception>
    public async ValueTask<long> OpenSessionAsync(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(timeout, TimeSpan.FromDays(365));
        if (!_state.TakesSessions)
        {
            throw new NotSupportedException(
                $"The state machine takes snapshots, of which the results that sessions remember are a part: it must implement {nameof(IResultFormat<TResult>)}.");
        }

        SessionHeader header = new(0, SessionOperation.Open, TimeoutMilliseconds: (long)timeout.TotalMilliseconds, MaxSessions: _options.MaxSessions);
        return (await ProposeSession(in header, default, cancellationToken).ConfigureAwait(false)).Index;
    }

    /// <summary>
    /// As <see cref="ProposeAsync(ReadOnlySpan{byte}, CancellationToken)"/>, of a client session: a caller that does
    /// not know the outcome of a command sends it again with the same sequence, even to a new leader. It is applied
    /// once, and each try that ends gets the index, the term and the result of the one that was applied.
    /// </summary>
    /// <param name="sequence">Names the command.</param>
    /// <param name="command">The command: at most <see cref="RaftOptions.MaxCommandBytes"/> bytes, and the same at each try.</param>
    /// <param name="cancellationToken">Cancelled before the call: nothing is proposed. Later: only ends the wait; the command goes on.</param>
    /// <returns>The command's index, term and result.</returns>
    /// <exception cref="ArgumentException">The command is too long.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The sequence names no command: see <see cref="SessionSequence"/> for the bounds.</exception>
    /// <exception cref="SessionRefusedException">From the task: the session has expired, or the client has had the result.</exception>
    /// <exception cref="OutcomeUnknownException">From the task: leadership was lost, or the node stopped, after the command was appended. Send it again.</exception>
    public ValueTask<Applied<TResult>> ProposeAsync(SessionSequence sequence, ReadOnlySpan<byte> command, CancellationToken cancellationToken = default)
    {
        RequireRoom(command);
        if (sequence.SessionId <= 0 || !SessionFormat.IsWithinReach(sequence.Sequence, sequence.FirstUnsettled))
        {
            throw new ArgumentOutOfRangeException(
                nameof(sequence), sequence, $"must name a session, and a sequence from 1 on that is less than {SessionSequence.MaxUnsettled} above the first unsettled one");
        }

        return ProposeSession(new SessionHeader(0, SessionOperation.Command, sequence.SessionId, sequence.Sequence, sequence.FirstUnsettled), command, cancellationToken);
    }

    /// <summary>Keeps a session from expiring while its client has nothing to send.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends when the session is safe for another timeout. Its exceptions are those of a command.</returns>
    /// <exception cref="SessionRefusedException">From the task: it has expired.</exception>
    public ValueTask KeepSessionAsync(long sessionId, CancellationToken cancellationToken = default) => Send(SessionOperation.Keep, sessionId, cancellationToken);

    /// <summary>Ends a session: what is remembered of it is forgotten. One that has expired is closed already.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends when it is closed. Its exceptions are those of a command.</returns>
    public ValueTask CloseSessionAsync(long sessionId, CancellationToken cancellationToken = default) => Send(SessionOperation.Close, sessionId, cancellationToken);

    private async ValueTask Send(SessionOperation operation, long sessionId, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sessionId);
        await ProposeSession(new SessionHeader(0, operation, sessionId), default, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<Applied<TResult>> ProposeSession(in SessionHeader header, ReadOnlySpan<byte> command, CancellationToken cancellationToken)
    {
        Span<byte> bytes = stackalloc byte[SessionFormat.HeaderBytes];
        SessionFormat.Write(bytes, in header);
        return Propose(RingTag.Session, bytes, command, cancellationToken);
    }
}
