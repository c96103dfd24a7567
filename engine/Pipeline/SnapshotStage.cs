using System;
using System.IO;
using System.Threading;
using RaftEngine.Host;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine.Pipeline;

/// <summary>
/// Writes snapshots on a thread of its own, of low priority, while everything else goes on. One at a time: the loop asks, the apply thread captures, this thread writes, and the
/// loop hears of it.
/// </summary>
internal sealed class SnapshotStage : IDisposable
{
    private const int Idle = 0;
    private const int Asked = 1;
    private const int Captured = 2;
    private const int Done = 3;

    private readonly SnapshotStore _store;
    private readonly RaftOptions _options;
    private readonly Action _wakeLoop;
    private readonly Action<Exception> _fail;
    private readonly Wakeup _wakeup = new();
    private readonly EngineThread _thread;

    // Handed over with _state, from the loop to the apply thread to this one and back: a thread writes them before it
    // moves _state with release, and reads them after it has read _state with acquire.
    private CapturedState _captured;
    private bool _isWritten;
    private StorageFailedException? _noRoom;
    private int _state;
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>A snapshot stage; call <see cref="Start"/>.</summary>
    /// <param name="store">Where snapshots go.</param>
    /// <param name="options">The node's options.</param>
    /// <param name="wakeLoop">Tells the loop that a snapshot has been written.</param>
    /// <param name="fail">Stops the node: the state could not be written.</param>
    /// <param name="name">The thread's name.</param>
    public SnapshotStage(SnapshotStore store, RaftOptions options, Action wakeLoop, Action<Exception> fail, string name)
    {
        _store = store;
        _options = options;
        _wakeLoop = wakeLoop;
        _fail = fail;
        _thread = new EngineThread(Run, name, ThreadPriority.BelowNormal);
    }

    /// <summary>True if a snapshot can be asked for. The loop's.</summary>
    public bool IsIdle => Volatile.Read(ref _state) == Idle;

    /// <summary>True if one has ended and <see cref="TryTake"/> will tell. The loop's.</summary>
    public bool HasResult => Volatile.Read(ref _state) == Done;

    /// <summary>True if the apply thread is to capture the state. The apply thread's.</summary>
    public bool IsAsked => Volatile.Read(ref _state) == Asked;

    /// <summary>True if a state is captured and <see cref="Work"/> will write it. The thread's.</summary>
    public bool HasWork => Volatile.Read(ref _state) == Captured; // acquire: pairs with the release in Write

    public void Start() => _thread.Start();

    /// <summary>Asks for a snapshot; only when idle. The loop's.</summary>
    public void Ask() => Volatile.Write(ref _state, Asked);

    /// <summary>Takes over what was captured; only when asked. The apply thread's.</summary>
    public void Write(in CapturedState captured)
    {
        _captured = captured;
        Volatile.Write(ref _state, Captured); // release: pairs with the acquire in HasWork
        _wakeup.Wake();
    }

    /// <summary>Has the loop look again. Any thread.</summary>
    public void WakeLoop() => _wakeLoop();

    /// <summary>Reads the newest snapshot. The apply thread's.</summary>
    /// <param name="restore">Takes up the state.</param>
    /// <returns>What the snapshot stands for.</returns>
    /// <exception cref="SnapshotCorruptedException">It is not what was written.</exception>
    public SnapshotHeader Restore(Action<Stream> restore)
    {
        using SnapshotReader snapshot = _store.OpenNewest() ?? throw new InvalidOperationException("There is no snapshot to restore.");
        StateRecovery.TakeUp(snapshot, restore);
        return snapshot.Header;
    }

    /// <summary>What the disk said to the last snapshot, if there was no room for it. The loop's.</summary>
    public StorageFailedException? NoRoom { get; private set; }

    /// <summary>Tells how the last snapshot ended. The loop's.</summary>
    /// <param name="index">The last index it includes; 0 if there was no room for it on the disk.</param>
    /// <returns>False if none has ended since.</returns>
    public bool TryTake(out long index)
    {
        index = 0;
        if (Volatile.Read(ref _state) != Done) // acquire: pairs with the release in Run
        {
            return false;
        }

        index = _isWritten ? _captured.Index : 0;
        NoRoom = _noRoom;
        _captured = default;
        Volatile.Write(ref _state, Idle);
        return true;
    }

    /// <summary>Writes the state that was captured, if one was. Called by the stage's thread, or by the code that runs
    /// a node without threads.</summary>
    public void Work()
    {
        if (HasWork)
        {
            _isWritten = TryWrite();
            Volatile.Write(ref _state, Done); // release: pairs with the acquire in TryTake
            _wakeLoop();
        }
    }

    /// <summary>Ends the thread. A snapshot that is being written is given up.</summary>
    public void Dispose()
    {
        _stopping.Cancel();
        _wakeup.Wake();
        _thread.Join();

        _stopping.Dispose();
    }

    private void Run()
    {
        try
        {
            while (!_stopping.IsCancellationRequested)
            {
                // Whatever the state machine has left on this thread the last time.
                NeutralContext.Run(static stage => ((SnapshotStage)stage!).Work(), this);
                _wakeup.PrepareToWait();
                if (_stopping.IsCancellationRequested || HasWork)
                {
                    _wakeup.CancelWait();
                    continue;
                }

                _wakeup.Wait(Timeout.InfiniteTimeSpan);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Given up in the middle.
        }
#pragma warning disable CA1031 // Whatever it is, it stops the node: a state that cannot be written is a defect of the state machine or of the disk.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _fail(exception);
        }
    }

    private bool TryWrite()
    {
        SnapshotHeader header = new(_options.NewId(), _options.ClusterId, _options.GroupId, _captured.Index, _captured.Term, _captured.Chain, _captured.Configuration);
        _noRoom = null;
        try
        {
            _store.Write(header, _captured.Write, _stopping.Token);
            return true;
        }
        catch (StorageFailedException e) when (e.IsOutOfSpace)
        {
            _noRoom = e;
            return false; // the log goes on growing until there is room, or until it is full
        }
    }
}
