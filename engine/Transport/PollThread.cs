using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Host;

namespace RaftEngine.Transport;

/// <summary>
/// The one thread on which a transport does its I/O: it waits for all sockets and deadlines at once, and nothing that it does depends on the thread pool. After each round it
/// lets the receiver act upon what has come in, so that the node's loop runs where the bytes arrive.
/// </summary>
internal sealed class PollThread
{
    private const int EventsAtOnce = 64;

    private readonly IPoller _poller;
    private readonly IRaftReceiver _receiver;
    private readonly HostLogger _logger;
    private readonly EngineThread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The poll thread.
    private readonly (Polled Polled, PollEvents Events)[] _ready = new (Polled, PollEvents)[EventsAtOnce];
    private readonly List<Polled> _members = [];
    private readonly List<Polled> _scratch = [];
    private long _earliest = long.MaxValue; // no deadline is earlier
    private bool _hasReceived;

    private readonly Gate _gate = new();
    private readonly List<Polled> _joining = []; // under _gate
    private int _isWoken;
    private int _isStopping;

    /// <summary>A thread; call <see cref="Start"/>.</summary>
    /// <param name="poller">What it waits with; its own from now on.</param>
    /// <param name="receiver">What is flushed after each round in which messages came in.</param>
    /// <param name="logger">Where a receiver that throws is told of.</param>
    /// <param name="name">The thread's name.</param>
    public PollThread(IPoller poller, IRaftReceiver receiver, HostLogger logger, string name)
    {
        _poller = poller;
        _receiver = receiver;
        _logger = logger;
        _thread = new EngineThread(Run, name);
    }

    /// <summary>The time on a monotonic clock, in milliseconds.</summary>
    public static long Now => (long)Stopwatch.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>Begins.</summary>
    public void Start() => _thread.Start();

    /// <summary>Has the thread attend to something from now on; its <see cref="Polled.OnWake"/> is called first. Any thread.</summary>
    public void Join(Polled polled)
    {
        using (_gate.Enter())
        {
            _joining.Add(polled);
        }

        Wake();
    }

    /// <summary>As <see cref="Join"/>, but at once and without a call. The poll thread.</summary>
    public void Enter(Polled polled) => _members.Add(polled);

    /// <summary>Has the thread attend to something no longer. The poll thread.</summary>
    public void Leave(Polled polled)
    {
        Unwatch(polled);
        polled.Due = long.MaxValue;
        _members.Remove(polled);
    }

    /// <summary>Has the thread call <see cref="Polled.OnWake"/> of everything that it attends to. Any thread; several calls may become one.</summary>
    public void Wake()
    {
        // The exchange pairs with the one in Run: what was written before the call is seen by the round that takes the mark back.
        if (Interlocked.Exchange(ref _isWoken, 1) != 0 || _thread.IsCurrent)
        {
            return; // The thread looks at the mark before it waits.
        }

        try
        {
            _poller.Wake();
        }
        catch (ObjectDisposedException)
        {
            // The thread has ended.
        }
    }

    /// <summary>Watches a socket. The poll thread.</summary>
    public void Watch(Polled polled, PollEvents interest)
    {
        if (polled.Interest != interest)
        {
            _poller.Watch(polled, interest);
        }
    }

    /// <summary>Watches a socket no longer, if it is watched. The poll thread.</summary>
    public void Unwatch(Polled polled)
    {
        if (polled.Interest != PollEvents.None)
        {
            _poller.Unwatch(polled);
        }
    }

    /// <summary>Sets the one deadline of something, in milliseconds from now. The poll thread.</summary>
    public void ScheduleIn(Polled polled, double milliseconds)
    {
        polled.Due = Now + (long)milliseconds;
        _earliest = Math.Min(_earliest, polled.Due);
    }

    /// <summary>Notes that messages were handed to the receiver: it is flushed once this round's events are handled. The poll thread.</summary>
    public void NoteReceived() => _hasReceived = true;

    /// <summary>Ends the thread, after <see cref="Polled.OnStop"/> of everything. Any thread, the poll thread itself included.</summary>
    /// <returns>A task that ends when the thread does nothing more.</returns>
    public Task StopAsync()
    {
        Volatile.Write(ref _isStopping, 1); // pairs with the read in Run; the wake makes it look
        Wake();
        return _ended.Task;
    }

    private void Run()
    {
        try
        {
            // Pairs with the write in StopAsync.
            while (Volatile.Read(ref _isStopping) == 0)
            {
                RunRound();
            }
        }
#pragma warning disable CA1031 // The system refuses to wait: the node is cut off, which its peers notice, and the process lives.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            TransportLog.Unforeseen(_logger, exception, 0);
        }
        finally
        {
            End();
        }
    }

    private void RunRound()
    {
        int count = _poller.Wait(_ready, NextTimeout());
        for (int i = 0; i < count; i++)
        {
            (Polled polled, PollEvents events) = _ready[i];
            events &= polled.Interest; // It may have changed since, by what was handled before in this round.
            if (events != PollEvents.None)
            {
                Attempt(polled, static (polled, events) => polled.OnReady(events), events);
            }
        }

        // Pairs with the exchange in Wake: what was written before it is seen here.
        if (Interlocked.Exchange(ref _isWoken, 0) != 0)
        {
            AttendAll();
        }

        // What has arrived counts before a deadline that passed while this thread was busy.
        if (count < EventsAtOnce && _earliest != long.MaxValue && Now >= _earliest)
        {
            AttendDue();
        }

        if (_hasReceived)
        {
            _hasReceived = false;
            FlushReceiver();
        }
    }

    private int NextTimeout()
    {
        // Pairs with the exchange in Wake, by this thread itself.
        if (Volatile.Read(ref _isWoken) != 0)
        {
            return 0;
        }

        return _earliest == long.MaxValue ? -1 : (int)Math.Clamp(_earliest - Now, 0, int.MaxValue);
    }

    private void AttendAll()
    {
        TakeJoining();
        foreach (Polled polled in _scratch)
        {
            Attempt(polled, static (polled, _) => polled.OnWake(), PollEvents.None);
        }

        _scratch.Clear();
    }

    private void AttendDue()
    {
        long now = Now;
        _earliest = long.MaxValue;
        _scratch.AddRange(_members);
        foreach (Polled polled in _scratch)
        {
            if (polled.Due <= now)
            {
                polled.Due = long.MaxValue;
                Attempt(polled, static (polled, _) => polled.OnDue(), PollEvents.None);
            }

            _earliest = Math.Min(_earliest, polled.Due);
        }

        _scratch.Clear();
    }

    // Fills _scratch with all members.
    private void TakeJoining()
    {
        using (_gate.Enter())
        {
            _members.AddRange(_joining);
            _joining.Clear();
        }

        _scratch.AddRange(_members);
    }

    private static void Attempt(Polled polled, Action<Polled, PollEvents> call, PollEvents events)
    {
        try
        {
            call(polled, events);
        }
#pragma warning disable CA1031 // A receiver that throws, say: one connection's trouble is not the others'.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            polled.OnFault(exception);
        }
    }

    private void FlushReceiver()
    {
        try
        {
            _receiver.Flush();
        }
#pragma warning disable CA1031 // Whose message it was is not known here.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            TransportLog.Unforeseen(_logger, exception, 0);
        }
    }

    private void End()
    {
        TakeJoining();
        foreach (Polled polled in _scratch)
        {
            Attempt(polled, static (polled, _) => polled.OnStop(), PollEvents.None);
        }

        _poller.Dispose();
        _ended.SetResult();
    }
}
