using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;

namespace RaftEngine.Transport;

/// <summary>Waits with what .NET offers on every system, <see cref="Socket.Select(System.Collections.IList, System.Collections.IList, System.Collections.IList, int)"/>.</summary>
internal sealed class SelectPoller : IPoller
{
    private readonly List<Polled> _watched = [];
    private readonly Socket _wake = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _wakeBytes = new byte[1];
    private int _first; // where the next round begins, so that none is always the last

    // Of one wait.
    private readonly List<Socket> _readable = [];
    private readonly List<Socket> _writable = [];
    private readonly List<Socket> _broken = [];

    public SelectPoller()
    {
        // A datagram socket that is connected to itself takes nothing from anyone else.
        _wake.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _wake.Connect(_wake.LocalEndPoint!);
        _wake.Blocking = false;
    }

    public void Watch(Polled polled, PollEvents interest)
    {
        if (polled.Interest == PollEvents.None)
        {
            _watched.Add(polled);
        }

        polled.Interest = interest;
    }

    public void Unwatch(Polled polled)
    {
        _watched.Remove(polled);
        polled.Interest = PollEvents.None;
    }

    public int Wait(Span<(Polled Polled, PollEvents Events)> ready, int timeoutMilliseconds)
    {
        _readable.Add(_wake);
        foreach (Polled polled in _watched)
        {
            if ((polled.Interest & PollEvents.Readable) != 0)
            {
                _readable.Add(polled.Socket);
            }

            if ((polled.Interest & PollEvents.Writable) != 0)
            {
                // On some systems an attempt to connect that has failed is an error and nothing else.
                _writable.Add(polled.Socket);
                _broken.Add(polled.Socket);
            }
        }

        Socket.Select(_readable, _writable, _broken, timeoutMilliseconds < 0 ? -1 : (int)Math.Min(int.MaxValue, timeoutMilliseconds * 1000L));
        int filled = 0;
        _first++;
        for (int i = 0; i < _watched.Count && filled < ready.Length; i++)
        {
            Polled polled = _watched[(int)((uint)(_first + i) % (uint)_watched.Count)];
            PollEvents events = (_readable.Contains(polled.Socket) ? PollEvents.Readable : PollEvents.None)
                | (_writable.Contains(polled.Socket) || _broken.Contains(polled.Socket) ? PollEvents.Writable : PollEvents.None);
            if (events != PollEvents.None)
            {
                ready[filled++] = (polled, events);
            }
        }

        if (_readable.Contains(_wake))
        {
            _wake.Receive(_wakeBytes, SocketFlags.None, out _);
        }

        _readable.Clear();
        _writable.Clear();
        _broken.Clear();
        return filled;
    }

    public void Wake() => _wake.Send(_wakeBytes, SocketFlags.None, out _);

    public void Dispose() => _wake.Dispose();
}
