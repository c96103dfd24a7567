using System;
using System.IO;
using System.Threading;
using RaftEngine.Protocol;

namespace RaftEngine.Sessions;

/// <summary>
/// All that the log makes: the state machine, and beside it what is remembered of clients, so that a command that comes twice is applied once (Raft §8, thesis §6.3). A snapshot
/// holds both. The apply thread's, unless it says otherwise.
/// </summary>
internal sealed class ReplicatedState<TResult>(IStateMachine<TResult> stateMachine)
{
    private readonly SessionTable<TResult> _sessions = new();
    private readonly ISnapshotStateMachine<TResult>? _snapshots = stateMachine as ISnapshotStateMachine<TResult>;
    private readonly IResultFormat<TResult>? _format = stateMachine as IResultFormat<TResult>;
    private long _sessionTimeMilliseconds; // published by the apply thread

    /// <summary>True if the state can be written down. Any thread.</summary>
    public bool TakesSnapshots => _snapshots is not null;

    /// <summary>True if clients may open sessions: what they remember can be written down whenever the rest is. Any thread.</summary>
    public bool TakesSessions => _snapshots is null || _format is not null;

    /// <summary>The state machine as one that names its state by a number; null if it does not. Any thread.</summary>
    public IFingerprintedState? Fingerprinted { get; } = stateMachine as IFingerprintedState;

    /// <summary>The log's time as far as it has been applied. Any thread.</summary>
    public long SessionTimeMilliseconds => Volatile.Read(ref _sessionTimeMilliseconds); // nothing else goes with it

    /// <summary>Applies a command of no session.</summary>
    public TResult Apply(in LogEntry command) => stateMachine.Apply(in command);

    /// <summary>Applies an entry of kind <see cref="EntryKind.Session"/>.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="applied">The result: of a command that was applied before, the first one. Of another operation, none.</param>
    /// <returns>Why nothing was applied; null if it was, or had been.</returns>
    /// <exception cref="InvalidOperationException">It is no such entry: no leader of this version appends it.</exception>
    public SessionRefusal? ApplySession(in LogEntry entry, out Applied<TResult> applied)
    {
        if (!SessionFormat.TryRead(entry.Payload, out SessionHeader header))
        {
            throw new InvalidOperationException($"Entry {entry.Index} of term {entry.Term} cannot be read as one of a client session.");
        }

        _sessions.Advance(header.TimeMilliseconds);
        Volatile.Write(ref _sessionTimeMilliseconds, _sessions.TimeMilliseconds);
        applied = new Applied<TResult>(entry.Index, entry.Term, default!);
        return header.Operation switch
        {
            SessionOperation.Open => Open(entry.Index, in header),
            SessionOperation.Command => ApplyOnce(in entry, in header, ref applied),
            SessionOperation.Keep => _sessions.Touch(header.SessionId) is null ? SessionRefusal.Expired : null,
            _ => Close(header.SessionId),
        };
    }

    /// <summary>Captures the state: for the state machine's part as quickly as it can, for the sessions' one reference each.</summary>
    /// <returns>What writes the captured state to a stream, on another thread.</returns>
    public Action<Stream> Capture()
    {
        Action<Stream> writeState = _snapshots!.CaptureSnapshot();
        ClientSession<TResult>[] sessions = _sessions.Capture();
        long time = _sessions.TimeMilliseconds;
        IResultFormat<TResult>? format = _format;
        return stream =>
        {
            SessionSnapshot.Write(stream, time, sessions, format);
            writeState(stream);
        };
    }

    /// <summary>Puts what was captured in the place of the state. Also before there is an apply thread.</summary>
    /// <param name="stream">Checked bytes.</param>
    public void Restore(Stream stream)
    {
        SessionSnapshot.Read(stream, _sessions, _format);
        Volatile.Write(ref _sessionTimeMilliseconds, _sessions.TimeMilliseconds);
        _snapshots!.RestoreSnapshot(stream);
    }

    private SessionRefusal? Open(long index, in SessionHeader header)
    {
        if (_sessions.Count >= header.MaxSessions)
        {
            return SessionRefusal.TooManySessions;
        }

        _sessions.Add(new ClientSession<TResult>(index, header.TimeoutMilliseconds) { LastTimeMilliseconds = _sessions.TimeMilliseconds });
        return null;
    }

    private SessionRefusal? ApplyOnce(in LogEntry entry, in SessionHeader header, ref Applied<TResult> applied)
    {
        ClientSession<TResult>? session = _sessions.Touch(header.SessionId);
        if (session is null)
        {
            return SessionRefusal.Expired;
        }

        session.Settle(header.FirstUnsettled);
        if (header.Sequence < session.FirstUnsettled)
        {
            return SessionRefusal.Settled;
        }

        if (!session.TryGet(header.Sequence, out Applied<TResult> first))
        {
            LogEntry command = new(entry.Index, entry.Term, EntryKind.Command, entry.Payload[SessionFormat.HeaderBytes..]);
            first = new Applied<TResult>(entry.Index, entry.Term, stateMachine.Apply(in command));
            session.Add(header.Sequence, in first);
        }

        applied = first;
        return null;
    }

    private SessionRefusal? Close(long sessionId)
    {
        _sessions.Remove(sessionId);
        return null;
    }
}
