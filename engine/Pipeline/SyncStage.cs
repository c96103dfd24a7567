using System;
using System.Threading;
using RaftEngine.Host;
using RaftEngine.Log;

namespace RaftEngine.Pipeline;

/// <summary>
/// Syncs the log on a thread of its own, so that a slow disk holds up acknowledgments and nothing else. One sync at a time: what is written meanwhile is the next group.
/// </summary>
internal sealed class SyncStage : IDisposable
{
    private const int Idle = 0;
    private const int Requested = 1;
    private const int Done = 2;

    private readonly SegmentedLog _log;
    private readonly Action _wakeLoop;
    private readonly Wakeup _wakeup = new();
    private readonly EngineThread _thread;

    // Handed over with _state: a thread writes them before it moves _state with release, and reads them after it has
    // read _state with acquire.
    private SyncTicket _ticket;
    private Exception? _failure;
    private int _state;
    private volatile bool _stopping;

    /// <summary>A sync stage; call <see cref="Start"/>.</summary>
    /// <param name="log">The log to sync.</param>
    /// <param name="wakeLoop">Tells the loop that a sync has ended.</param>
    /// <param name="name">The thread's name.</param>
    public SyncStage(SegmentedLog log, Action wakeLoop, string name)
    {
        _log = log;
        _wakeLoop = wakeLoop;
        _thread = new EngineThread(Run, name);
    }

    /// <summary>True if a sync can be requested. The loop's.</summary>
    public bool IsIdle => Volatile.Read(ref _state) == Idle;

    /// <summary>True if a sync has ended and <see cref="TryTake"/> will give it. The loop's.</summary>
    public bool HasResult => Volatile.Read(ref _state) == Done;

    /// <summary>True if a sync is requested and <see cref="Work"/> will make it. The thread's.</summary>
    public bool HasWork => Volatile.Read(ref _state) == Requested; // acquire: pairs with the release in Request

    public void Start() => _thread.Start();

    /// <summary>Starts a sync; only when idle. The loop's.</summary>
    /// <param name="ticket">What the sync is to cover.</param>
    public void Request(SyncTicket ticket)
    {
        _ticket = ticket;
        Volatile.Write(ref _state, Requested); // release: pairs with the acquire in HasWork
        _wakeup.Wake();
    }

    /// <summary>Makes the sync that is requested, if one is. Called by the stage's thread, or by the code that runs a
    /// node without threads.</summary>
    public void Work()
    {
        if (!HasWork)
        {
            return;
        }

        try
        {
            _log.Sync(_ticket);
        }
#pragma warning disable CA1031 // Whatever it is, it stops the node: the loop rethrows it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _failure = exception;
        }

        Volatile.Write(ref _state, Done); // release: pairs with the acquire in TryTake
        _wakeLoop();
    }

    /// <summary>Takes the result of the sync that has ended. The loop's.</summary>
    /// <param name="ticket">What is now durable.</param>
    /// <returns>False if no sync has ended since.</returns>
    /// <exception cref="Storage.StorageFailedException">The sync failed.</exception>
    public bool TryTake(out SyncTicket ticket)
    {
        if (Volatile.Read(ref _state) != Done) // acquire: pairs with the release in Run
        {
            ticket = default;
            return false;
        }

        if (_failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
        }

        ticket = _ticket;
        Volatile.Write(ref _state, Idle);
        return true;
    }

    /// <summary>Ends the thread, after the sync that is under way.</summary>
    public void Dispose()
    {
        _stopping = true;
        _wakeup.Wake();
        _thread.Join();
    }

    private void Run()
    {
        while (!_stopping)
        {
            Work();
            _wakeup.PrepareToWait();
            if (_stopping || HasWork)
            {
                _wakeup.CancelWait();
                continue;
            }

            _wakeup.Wait(Timeout.InfiniteTimeSpan);
        }
    }
}
