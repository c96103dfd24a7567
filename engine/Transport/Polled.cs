using System;
using System.Net.Sockets;

namespace RaftEngine.Transport;

/// <summary>Something that a <see cref="PollThread"/> attends to: it has at most one socket that is watched, and at most one deadline. All members belong to that thread.</summary>
internal abstract class Polled
{
    /// <summary>The socket that is watched, while <see cref="Interest"/> is not <see cref="PollEvents.None"/>.</summary>
    public abstract Socket Socket { get; }

    /// <summary>What the poll thread waits for.</summary>
    public PollEvents Interest { get; set; }

    /// <summary>The number under which a poller knows this socket.</summary>
    public ulong PollId { get; set; }

    /// <summary>When <see cref="OnDue"/> is called, in milliseconds of <see cref="PollThread.Now"/>.</summary>
    public long Due { get; set; } = long.MaxValue;

    /// <summary>The socket is ready.</summary>
    /// <param name="events">A part of <see cref="Interest"/>, not empty.</param>
    public abstract void OnReady(PollEvents events);

    /// <summary>The deadline has passed; there is none now.</summary>
    public abstract void OnDue();

    /// <summary>Another thread has called <see cref="PollThread.Wake"/>, perhaps on behalf of this one.</summary>
    public virtual void OnWake()
    {
    }

    /// <summary>One of the calls above threw an exception that it was not prepared for.</summary>
    public abstract void OnFault(Exception exception);

    /// <summary>The poll thread ends: the last call.</summary>
    public abstract void OnStop();
}
