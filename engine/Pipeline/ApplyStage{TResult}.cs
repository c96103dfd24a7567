using System;
using System.IO;
using System.Threading;
using RaftEngine.Host;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Sessions;
using RaftEngine.Snapshots;

namespace RaftEngine.Pipeline;

/// <summary>
/// Applies committed entries in log order, from the mapped log; hands results to their proposers, and lets reads go
/// once what they wait for is applied. It has a thread of its own; a thread that finds a few entries committed may
/// apply them instead (<see cref="Run"/>), if the state machine is known to be quick. Whichever it is has the turn, and
/// is meant wherever "the apply thread" is said: there is one at a time, and each sees what the one before has done.
/// </summary>
/// <typeparam name="TResult">The state machine's result.</typeparam>
internal sealed class ApplyStage<TResult> : IApplyStage
{
    private const int Applying = 0;
    private const int PauseAsked = 1;
    private const int Paused = 2;
    private const int RestoreAsked = 3;

    /// <summary>How many entries are worth less than waking the thread.</summary>
    private const int MaxLentEntries = 16;

    private readonly SegmentedLog _log;
    private readonly ReplicatedState<TResult> _state;
    private readonly SnapshotStage? _snapshots;
    private readonly PendingProposals _pending;
    private readonly Action<Exception> _fail;
    private readonly Turn _turn = new();
    private readonly EngineThread _thread;

    private long _commitIndex;          // the loop publishes, the apply thread reads
    private Operation? _arrivedReads;   // a stack: the loop pushes, the apply thread takes it whole
    private long _appliedIndex;         // the apply thread publishes, anyone reads
    private int _mode;                  // the loop moves it to PauseAsked and back, and from Paused on; the apply thread to Paused, and from RestoreAsked to Applying
    private volatile bool _stopping;

    // The thread that has the turn.
    private readonly EndedOperations _ended = new();
    private Operation? _waitingReads;
    private long _appliedTerm;
    private ulong _appliedChain;
    private ReadOnlyMemory<byte> _appliedConfiguration;
    private long _appliesAt; // the index at which the state machine is called; 0 while it is not

    /// <summary>An apply stage; call <see cref="Start"/>.</summary>
    /// <param name="log">The log.</param>
    /// <param name="state">What to apply to.</param>
    /// <param name="pending">The proposals that wait for their results.</param>
    /// <param name="start">What the state already has.</param>
    /// <param name="snapshots">Where captured states go; null if the state machine has none.</param>
    /// <param name="fail">Stops the node: the state machine threw.</param>
    /// <param name="name">The thread's name.</param>
    public ApplyStage(
        SegmentedLog log, ReplicatedState<TResult> state, PendingProposals pending, RestoredState start, SnapshotStage? snapshots, Action<Exception> fail, string name)
    {
        _log = log;
        _state = state;
        _pending = pending;
        _appliedIndex = start.Index;
        _commitIndex = start.Index;
        _appliedTerm = log.TermAt(start.Index);
        _appliedChain = log.ChainAt(start.Index);
        _appliedConfiguration = start.ConfigurationBytes;
        _snapshots = snapshots;
        Fingerprint = state.Fingerprinted is { } fingerprinted ? new StateFingerprint(fingerprinted) : null;
        _fail = fail;
        _turn.RunBatch = RunLent;
        _thread = new EngineThread(RunAll, name);
    }

    public long AppliedIndex => Volatile.Read(ref _appliedIndex); // acquire: pairs with the release in ApplyCommitted

    public long SessionTimeMilliseconds => _state.SessionTimeMilliseconds;

    public StateFingerprint? Fingerprint { get; }

    /// <summary>Called on the thread that has the turn after it has applied entries.</summary>
    public Action? Applied { get; set; }

    public void Start() => _thread.Start();

    public void PublishCommit(long commitIndex)
    {
        if (commitIndex > _commitIndex)
        {
            Volatile.Write(ref _commitIndex, commitIndex); // release: the log and the pending proposals come first; pairs with the acquire in Work
        }
    }

    public void CaptureState() => _snapshots!.Ask();

    public bool IsPaused => Volatile.Read(ref _mode) == Paused; // acquire: what was read of the log was read before; pairs with the exchange in FollowMode

    public void Pause() => Interlocked.CompareExchange(ref _mode, PauseAsked, Applying);

    public void Resume(bool restore)
    {
        if (restore)
        {
            Volatile.Write(ref _mode, RestoreAsked); // release: the log comes first; pairs with the acquire in FollowMode
        }
        else if (Interlocked.CompareExchange(ref _mode, Applying, PauseAsked) != PauseAsked)
        {
            Interlocked.CompareExchange(ref _mode, Applying, Paused); // as above; a restore goes on
        }
    }

    public void AddRead(Operation read)
    {
        Operation? head;
        do
        {
            head = Volatile.Read(ref _arrivedReads);
            read.Next = head;
        }
        while (Interlocked.CompareExchange(ref _arrivedReads, read, head) != head);
    }

    public void Wake()
    {
        if (HasWork)
        {
            _turn.Wake();
        }
    }

    public void Run()
    {
        if (!HasWork)
        {
            return;
        }

        if (Volatile.Read(ref _commitIndex) - AppliedIndex <= MaxLentEntries)
        {
            _turn.Run();
        }
        else
        {
            _turn.Wake();
        }
    }

    /// <summary>Applies what is committed, lets reads go, captures the state if that is asked for: in a node without
    /// threads.</summary>
    public void Work()
    {
        do
        {
            ApplyOnce();
        }
        while (DeliverEnded());

        if (IsCaptureDue)
        {
            Capture();
        }
    }

    public void Dispose()
    {
        _stopping = true;
        _turn.Wake();
        _thread.Join();
    }

    public void EndReads(Exception? cause)
    {
        bool wasFull;
        do
        {
            ReleaseReads();
            wasFull = _ended.IsFull;
            _ended.Deliver();
        }
        while (wasFull);

        for (Operation? read = _waitingReads; read is not null;)
        {
            Operation? next = read.Next;
            read.Fail(new RaftStoppedException(cause));
            read = next;
        }

        _waitingReads = null;
    }

    private void RunAll()
    {
        // Ends while it holds the turn, so no other thread applies either.
        while (true)
        {
            do
            {
                if (_stopping)
                {
                    return;
                }

                _turn.Begin();
                WorkInNeutralContext();
            }
            while (HasWork || !_turn.TryEnd());

            while (!_turn.TryWait(Timeout.InfiniteTimeSpan))
            {
            }
        }
    }

    // Runs on the thread that found entries committed and claimed the turn.
    private void RunLent()
    {
        _turn.Begin();
        WorkInNeutralContext();
        if (_stopping || HasWork || !_turn.TryEnd())
        {
            _turn.HandOver();
        }
    }

    // On every thread, and after everything that callbacks may have left on it, entries are applied in one and the same
    // context. Callers go on outside of it.
    private void WorkInNeutralContext()
    {
        do
        {
            NeutralContext.Run(static stage => ((ApplyStage<TResult>)stage!).OrFail(static stage => stage.ApplyOnce()), this);
        }
        while (DeliverEnded());

        Applied?.Invoke();
        if (IsCaptureDue)
        {
            NeutralContext.Run(static stage => ((ApplyStage<TResult>)stage!).OrFail(static stage => stage.Capture()), this);
        }
    }

    private void OrFail(Action<ApplyStage<TResult>> part)
    {
        try
        {
            part(this);
        }
#pragma warning disable CA1031 // A replica that skipped an entry would differ from the others: whatever it is, it stops the node.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _stopping = true;
            bool isItsOwn = _appliesAt != 0 && exception is not StateDivergedException;
            _fail(isItsOwn ? new StateMachineFailedException(_appliesAt, _appliedTerm, exception) : exception);
        }
    }

    // Ends early if no more callers can be noted.
    private void ApplyOnce()
    {
        bool isApplying = FollowMode();
        long commitIndex = Volatile.Read(ref _commitIndex); // acquire: pairs with the release in PublishCommit
        if (isApplying && commitIndex > _appliedIndex)
        {
            ApplyCommitted(commitIndex);
        }

        ReleaseReads();
    }

    private bool IsCaptureDue => _snapshots is { IsAsked: true } && !_stopping && Volatile.Read(ref _mode) == Applying;

    // True if there may be more to do.
    private bool DeliverEnded()
    {
        bool wasFull = _ended.IsFull;
        _ended.Deliver();
        return wasFull && !_stopping;
    }

    /// <summary>True if <see cref="Work"/> would find something to do. For the thread that has the turn; others
    /// guess.</summary>
    public bool HasWork =>
        Volatile.Read(ref _arrivedReads) is not null
        || Volatile.Read(ref _mode) is PauseAsked or RestoreAsked
        || IsCaptureDue
        || (Volatile.Read(ref _mode) == Applying && Volatile.Read(ref _commitIndex) > _appliedIndex);

    // Whether entries may be applied now.
    private bool FollowMode()
    {
        switch (Volatile.Read(ref _mode)) // acquire: pairs with the release in Resume
        {
            case Applying:
                return true;
            case PauseAsked:
                if (Interlocked.CompareExchange(ref _mode, Paused, PauseAsked) != PauseAsked) // full fence: pairs with the acquire in IsPaused
                {
                    return true; // called off just now
                }

                _snapshots!.WakeLoop();
                return false;
            case RestoreAsked:
                SnapshotHeader restored = _snapshots!.Restore(_state.Restore);
                Fingerprint?.Clear();
                _appliedTerm = restored.Term;
                _appliedChain = restored.Chain;
                _appliedConfiguration = restored.Configuration;
                Volatile.Write(ref _appliedIndex, restored.Index); // release: pairs with the acquire in AppliedIndex
                Volatile.Write(ref _mode, Applying);
                return true;
            default:
                return false;
        }
    }

    private bool MayApply => !_stopping && !_ended.IsFull && Volatile.Read(ref _mode) == Applying;

    private void ApplyCommitted(long commitIndex)
    {
        for (long index = _appliedIndex + 1; index <= commitIndex && MayApply; index++)
        {
            LogRecord record = _log.Read(index);
            _appliedTerm = record.Term;
            _appliedChain = record.Chain;
            if (record.Kind == EntryKind.Command)
            {
                LogEntry entry = new(record.Index, record.Term, record.Kind, record.Payload);
                _appliesAt = index;
                TResult result = _state.Apply(in entry);
                _appliesAt = 0;
                Volatile.Write(ref _appliedIndex, index); // release: pairs with the acquire in AppliedIndex; before the proposer can look
                if (_pending.Take(index) is Operation<Applied<TResult>> proposal)
                {
                    End(proposal, record.Term, new Applied<TResult>(index, record.Term, result));
                }
            }
            else if (record.Kind == EntryKind.Session)
            {
                ApplySession(in record);
            }
            else
            {
                if (record.Kind == EntryKind.Configuration)
                {
                    _appliedConfiguration = record.Payload.ToArray();
                }
                else if (record.Kind == EntryKind.Fingerprint)
                {
                    _appliesAt = index;
                    Fingerprint?.Apply(in record);
                    _appliesAt = 0;
                }
                else if (record.Kind >= EntryKind.FirstRequired)
                {
                    throw new LaterReleaseException(
                        $"The entry at index {index} is of kind {(byte)record.Kind}, which this release ({Release.Number}) does not know "
                        + "and may not skip. A later release wrote it: start the node with that one, or one after it. Nothing was "
                        + "changed.");
                }

                Volatile.Write(ref _appliedIndex, index);
                _pending.Take(index)?.FailUnknown(); // as in End
            }
        }
    }

    // What was noted under the index is this entry, unless a leader that was asked has misled this node: then what became
    // of the command is not known.
    private void End(Operation<Applied<TResult>> proposal, long term, in Applied<TResult> applied)
    {
        if (proposal.Term != term)
        {
            proposal.FailUnknown();
        }
        else if (proposal.Complete(applied))
        {
            _ended.Add(proposal);
        }
    }

    private void ApplySession(in LogRecord record)
    {
        LogEntry entry = new(record.Index, record.Term, record.Kind, record.Payload);
        _appliesAt = record.Index;
        SessionRefusal? refusal = _state.ApplySession(in entry, out Applied<TResult> applied);
        _appliesAt = 0;
        Volatile.Write(ref _appliedIndex, record.Index); // release: as of a command
        if (_pending.Take(record.Index) is not Operation<Applied<TResult>> proposal)
        {
            return;
        }

        if (refusal is null || proposal.Term != record.Term)
        {
            End(proposal, record.Term, in applied);
        }
        else
        {
            SessionFormat.TryRead(record.Payload, out SessionHeader header);
            proposal.Fail(new SessionRefusedException(refusal.Value, header.SessionId, header.Sequence));
        }
    }

    private void Capture()
    {
        _appliesAt = _appliedIndex;
        Action<Stream> write = _state.Capture();
        _appliesAt = 0;
        _snapshots!.Write(new CapturedState(_appliedIndex, _appliedTerm, _appliedChain, _appliedConfiguration, write));
    }

    private void ReleaseReads()
    {
        Operation? arrived = Interlocked.Exchange(ref _arrivedReads, null);
        while (arrived is not null)
        {
            Operation next = arrived;
            arrived = next.Next;
            next.Next = _waitingReads;
            _waitingReads = next;
        }

        Operation? stillWaiting = null;
        for (Operation? read = _waitingReads; read is not null;)
        {
            Operation? next = read.Next;
            if (read.Index <= _appliedIndex && !_ended.IsFull)
            {
                read.Next = null;
                if (((Operation<long>)read).Complete(_appliedIndex))
                {
                    _ended.Add(read);
                }
            }
            else
            {
                read.Next = stillWaiting;
                stillWaiting = read;
            }

            read = next;
        }

        _waitingReads = stillWaiting;
    }
}
