using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RaftEngine.Sessions;

/// <summary>
/// All client sessions: a part of the replicated state, and as deterministic as the rest of it. Time is the log's: entries carry it, so that every node forgets a session at the
/// same entry. The apply thread's.
/// </summary>
internal sealed class SessionTable<TResult>
{
    private readonly Dictionary<long, ClientSession<TResult>> _sessions = [];
    private int _generation;
    private long _earliestDeadline = long.MaxValue; // no session expires before

    /// <summary>How many there are.</summary>
    public int Count => _sessions.Count;

    /// <summary>The log's time: the latest that an entry has carried.</summary>
    public long TimeMilliseconds { get; private set; }

    /// <summary>An entry carries a time; what has expired by then is forgotten. Time never goes back, whatever clock the next leader has.</summary>
    public void Advance(long timeMilliseconds)
    {
        TimeMilliseconds = Math.Max(TimeMilliseconds, timeMilliseconds);
        if (TimeMilliseconds < _earliestDeadline)
        {
            return;
        }

        _earliestDeadline = long.MaxValue;
        foreach ((long id, ClientSession<TResult> session) in _sessions)
        {
            if (session.DeadlineMilliseconds <= TimeMilliseconds)
            {
                _sessions.Remove(id);
            }
            else
            {
                _earliestDeadline = Math.Min(_earliestDeadline, session.DeadlineMilliseconds);
            }
        }
    }

    /// <summary>Adds a session.</summary>
    public void Add(ClientSession<TResult> session)
    {
        session.Generation = _generation;
        _sessions.Add(session.Id, session);
        _earliestDeadline = Math.Min(_earliestDeadline, session.DeadlineMilliseconds);
    }

    /// <summary>A session, to be changed; its time is now. Null if there is none of this id any more.</summary>
    public ClientSession<TResult>? Touch(long id)
    {
        ref ClientSession<TResult> session = ref CollectionsMarshal.GetValueRefOrNullRef(_sessions, id);
        if (Unsafe.IsNullRef(ref session))
        {
            return null;
        }

        if (session.Generation != _generation)
        {
            session = session.Clone(); // the old one is being written down
            session.Generation = _generation;
        }

        session.LastTimeMilliseconds = TimeMilliseconds;
        return session;
    }

    /// <summary>Forgets a session.</summary>
    public void Remove(long id) => _sessions.Remove(id);

    /// <summary>All sessions as they are now. They will not change: later changes are made to copies.</summary>
    public ClientSession<TResult>[] Capture()
    {
        _generation++;
        return [.. _sessions.Values];
    }

    /// <summary>Forgets everything, for a state that takes its place.</summary>
    public void Reset(long timeMilliseconds)
    {
        _sessions.Clear();
        _earliestDeadline = long.MaxValue;
        TimeMilliseconds = timeMilliseconds;
    }
}
