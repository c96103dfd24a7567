using System;
using System.Diagnostics;
using System.Net.Sockets;
using System.Threading;

namespace RaftEngine.Bench.Measuring;

/// <summary>
/// A connection through a <see cref="DelayingProxy"/>: two sockets, a <see cref="DelayLine"/> each way, and one thread that sleeps until bytes come or are due. It hands
/// nothing to another thread, and without a delay passes on what it reads at once.
/// </summary>
internal sealed class DelayedConnection
{
    private static readonly long LongestWaitTicks = Stopwatch.Frequency / 20; // whether it has been stopped is looked at as often
    private static readonly long CutWaitTicks = Stopwatch.Frequency / 500;

    private readonly Socket _near;
    private readonly Socket _far;
    private readonly Link _link;
    private readonly DelayLine _there;
    private readonly DelayLine _back;
    private readonly Thread _thread;
    private volatile bool _isStopping;

    /// <summary>Begins to pass on. The sockets are its own from now on.</summary>
    /// <param name="near">The connection that was accepted.</param>
    /// <param name="far">The one that it leads to.</param>
    /// <param name="link">What it stands for.</param>
    public DelayedConnection(Socket near, Socket far, Link link)
    {
        _near = near;
        _far = far;
        _link = link;
        _there = new DelayLine(near, far, link);
        _back = new DelayLine(far, near, link);
        _thread = new Thread(Run) { Name = "delayed link", IsBackground = true };
        _thread.Start();
    }

    /// <summary>True until both ends have closed, or one has broken.</summary>
    public bool IsAlive => _thread.IsAlive;

    /// <summary>Has it end soon: what is on its way is lost.</summary>
    public void Stop() => _isStopping = true;

    /// <summary>Waits until it has ended.</summary>
    public void Join() => _thread.Join();

    private void Run()
    {
        PreciseSleep.PrepareThread();
        try
        {
            Pump();
        }
        catch (SocketException)
        {
            // One end has broken; the other hears of it now, as nothing comes back from a peer that has died.
        }
        finally
        {
            _near.Dispose();
            _far.Dispose();
        }
    }

    private void Pump()
    {
        _near.NoDelay = _far.NoDelay = true;
        _near.Blocking = _far.Blocking = false;
        Span<SocketPoll.Entry> entries = stackalloc SocketPoll.Entry[2];
        while (!_isStopping && !(_there.HasEnded && _back.HasEnded))
        {
            long now = Stopwatch.GetTimestamp();
            entries[0] = SocketPoll.Of(_near, _there.WantsToRead, _back.IsHeldUp);
            entries[1] = SocketPoll.Of(_far, _back.WantsToRead, _there.IsHeldUp);
            SocketPoll.Wait(entries, Math.Min(now + (_link.IsCut ? CutWaitTicks : LongestWaitTicks), Math.Min(_there.NextDue, _back.NextDue)));
            now = Stopwatch.GetTimestamp();
            Pass(_there, entries[0].Happened, now);
            Pass(_back, entries[1].Happened, now);
        }
    }

    private static void Pass(DelayLine line, short happened, long now)
    {
        if (line.WantsToRead && (happened & ~SocketPoll.Writable) != 0)
        {
            line.Read(now);
        }

        line.Write(now);
    }
}
