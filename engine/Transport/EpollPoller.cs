using System;
using System.Collections.Generic;
using Microsoft.Win32.SafeHandles;

namespace RaftEngine.Transport;

/// <summary>Waits with epoll: Linux.</summary>
internal sealed class EpollPoller : IPoller
{
    private const ulong WakeId = 0;
    private const int EventsAtOnce = 64;

    private readonly SafeFileHandle _set;
    private readonly SafeFileHandle _wake;
    private readonly byte[] _events = new byte[EventsAtOnce * EpollCalls.EventBytes];

    // Events name a socket by a number that is never used again: an event of a socket that is no longer watched finds nothing here.
    private readonly Dictionary<ulong, Polled> _watched = [];
    private ulong _lastId = WakeId;

    public EpollPoller()
    {
        _set = EpollCalls.Create();
        try
        {
            _wake = EpollCalls.CreateEvent();
            EpollCalls.Control(_set, EpollCalls.Add, _wake, PollEvents.Readable, WakeId);
        }
        catch
        {
            _wake?.Dispose();
            _set.Dispose();
            throw;
        }
    }

    public void Watch(Polled polled, PollEvents interest)
    {
        bool isNew = polled.Interest == PollEvents.None;
        polled.PollId = isNew ? ++_lastId : polled.PollId;
        EpollCalls.Control(_set, isNew ? EpollCalls.Add : EpollCalls.Modify, polled.Socket.SafeHandle, interest, polled.PollId);
        polled.Interest = interest;
        _watched[polled.PollId] = polled;
    }

    public void Unwatch(Polled polled)
    {
        _watched.Remove(polled.PollId);
        polled.Interest = PollEvents.None;
        EpollCalls.Control(_set, EpollCalls.Delete, polled.Socket.SafeHandle, PollEvents.None, polled.PollId);
    }

    public int Wait(Span<(Polled Polled, PollEvents Events)> ready, int timeoutMilliseconds)
    {
        const PollEvents both = PollEvents.Readable | PollEvents.Writable;
        int count = EpollCalls.Wait(_set, _events.AsSpan(0, Math.Min(_events.Length, ready.Length * EpollCalls.EventBytes)), timeoutMilliseconds);
        int filled = 0;
        for (int i = 0; i < count; i++)
        {
            (uint events, ulong id) = EpollCalls.ReadEvent(_events, i);
            if (id == WakeId)
            {
                EpollCalls.Lower(_wake);
            }
            else if (_watched.TryGetValue(id, out Polled? polled))
            {
                // The only other events are EPOLLERR and EPOLLHUP, which are reported without being requested: the next
                // read or write returns the error.
                bool isBroken = (events & ~(uint)both) != 0;
                ready[filled++] = (polled, isBroken ? both : (PollEvents)events);
            }
        }

        return filled;
    }

    public void Wake() => EpollCalls.Raise(_wake);

    public void Dispose()
    {
        _wake.Dispose();
        _set.Dispose();
    }
}
