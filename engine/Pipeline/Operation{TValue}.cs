using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using System.Threading.Tasks.Sources;
using RaftEngine.Host;

namespace RaftEngine.Pipeline;

/// <summary>A pooled operation: the source of the <see cref="ValueTask{TResult}"/> that its caller awaits, once.</summary>
/// <typeparam name="TValue">What the caller gets.</typeparam>
/// <remarks>
/// Two parties let go of an operation before it is used again: the pipeline, when it has ended it (<see cref="Complete"/> or <see cref="Fail"/>), and the caller, when
/// its await has taken the result. A cancelled wait takes the caller's result early; the pipeline goes on and lets go later. It counts as in flight until the pipeline ends it:
/// an operation whose result is never taken is garbage from then on.
/// </remarks>
internal sealed class Operation<TValue> : Operation, IValueTaskSource<TValue>, IValueTaskSource, IThreadPoolWorkItem
{
    private readonly OperationPool<TValue> _pool;
    private ManualResetValueTaskSourceCore<TValue> _core;
    private CancellationTokenRegistration _registration;
    private int _registered;        // 1: the caller has registered, 2: the pipeline has ended the wait; only if MayBeCancelled
    private TValue _value = default!;
    private Action<object?>? _continuation; // the caller's
    private object? _continuationState;
    private Exception? _exception;
    private int _endedByPipeline;   // 0, then 1: the pipeline's first end counts
    private int _resultSet;         // 0, then 1: the pipeline's end or the cancellation, whichever is first
    private int _holders;           // 2, then 1, then 0: the object goes back to the pool

    public Operation(OperationPool<TValue> pool)
    {
        _pool = pool;
    }

    /// <summary>The token of the current use.</summary>
    public short Version => _core.Version;

    /// <summary>True if the caller is about to register a token. The caller's, before it publishes the operation to the loop.</summary>
    public bool MayBeCancelled { get; set; }

    /// <summary>Makes the operation ready for one use. By the caller, before it is published to the loop.</summary>
    public void Begin()
    {
        Index = 0;
        ReadRound = 0;
        Deadline = default;
        Next = null;
        MayBeCancelled = false;
        _registered = 0;
        _exception = null;
        _continuation = null;
        _continuationState = null;
        _endedByPipeline = 0;
        _resultSet = 0;
        _holders = 2;
        _core.RunContinuationsAsynchronously = false; // End sees to it, without allocating
    }

    /// <summary>Ends the wait, not the operation, when the token is cancelled. By the caller, after the operation has been published.</summary>
    /// <param name="cancellationToken">The caller's token.</param>
    public void CancelWaitOn(CancellationToken cancellationToken)
    {
        _registration = cancellationToken.UnsafeRegister(static (state, token) => ((Operation<TValue>)state!).Cancel(token), this);
        if (Interlocked.CompareExchange(ref _registered, 1, 0) != 0) // full fence: pairs with the one in End
        {
            _registration.Unregister();
        }
    }

    /// <summary>Takes back a use that was never published to the loop.</summary>
    public void Abandon()
    {
        _pool.Ended(Slot);
        Return();
    }

    /// <summary>Ends the operation with its result. By the pipeline.</summary>
    /// <param name="value">The result.</param>
    /// <returns>True if the caller goes on on this thread: <see cref="Deliver"/> is to be called soon.</returns>
    public bool Complete(TValue value)
    {
        if (Interlocked.Exchange(ref _endedByPipeline, 1) != 0)
        {
            return false;
        }

        _value = value;
        Sample?.Applied = Sample.Now;
        return End(onPool: _pool.RunContinuationsAsynchronously);
    }

    public override void Fail(Exception exception)
    {
        if (Interlocked.Exchange(ref _endedByPipeline, 1) != 0)
        {
            return;
        }

        _exception = exception;
        End(onPool: true); // the loop tells of most errors, and may wait for no caller
    }

    /// <summary>Runs the caller's continuation on the thread pool.</summary>
    void IThreadPoolWorkItem.Execute() => Deliver();

    public TValue GetResult(short token)
    {
        // A second await of the same use throws here, and so does one that does not wait for the end; neither changes anything.
        StampDelivery(token);
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            // Waits for a cancellation that runs just now, which then finds the result set.
            _registration.Dispose();
            _registration = default;
            _core.Reset();
            LetGo();
        }
    }

    /// <summary>As <see cref="GetResult"/>, of an operation that has ended, but for the throwing: for one who has many that fail.</summary>
    /// <param name="token">The use.</param>
    /// <param name="value">The result.</param>
    /// <returns>The error; null if there is a result.</returns>
    public Exception? TakeResult(short token, out TValue value)
    {
        StampDelivery(token);
        Exception? failure = _exception;
        value = _value;
        _registration.Dispose();
        _registration = default;
        _core.Reset();
        LetGo();
        return failure;
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _ = _core.GetStatus(token); // throws for another use
        if (Interlocked.CompareExchange(ref _continuation, continuation, null) is not null)
        {
            throw new InvalidOperationException("The task is awaited already: a ValueTask is awaited once.");
        }

        _continuationState = state;
        _core.OnCompleted(static operation => ((Operation<TValue>)operation!).RunContinuation(), this, token, flags);
    }

    // Inline, on the thread pool, or in a context of the caller's: whatever it throws is the caller's trouble, and not the node's.
    private void RunContinuation()
    {
        OperationPool<TValue> pool = _pool; // the operation may be used again before the continuation returns
        try
        {
            _continuation!(_continuationState);
        }
#pragma warning disable CA1031 // As above.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            pool.ContinuationThrew(exception);
        }
    }

    private void StampDelivery(short token)
    {
        ValueTaskSourceStatus status = _core.GetStatus(token);
        if (status == ValueTaskSourceStatus.Pending)
        {
            ThrowNotEnded();
        }

        // Not of a wait that was cancelled: then the pipeline still has the operation, and its sample.
        if (Sample is { } sample && status == ValueTaskSourceStatus.Succeeded)
        {
            sample.Delivered = sample.Now;
        }
    }

    private bool End(bool onPool)
    {
        _pool.Ended(Slot); // before the caller can go on, so that it may propose the next
        if (Interlocked.Exchange(ref _resultSet, 1) != 0)
        {
            LetGo(); // the wait was cancelled before
            return false;
        }

        // A token that outlives the wait must not hold the operation if its result is never taken.
        if (MayBeCancelled && Interlocked.Exchange(ref _registered, 2) == 1) // full fence: pairs with the one in CancelWaitOn
        {
            _registration.Unregister();
        }

        if (onPool)
        {
            Queue();
        }

        return !onPool;
    }

    private void Queue()
    {
        if (_pool.Scheduler is { } scheduler)
        {
            scheduler(this);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        }
    }

    public override void Deliver()
    {
        // The pipeline lets go first: the continuation below may already give the operation back.
        Interlocked.Decrement(ref _holders);
        OperationPool<TValue> pool = _pool;
        try
        {
            if (_exception is null)
            {
                _core.SetResult(_value);
            }
            else
            {
                _core.SetException(_exception);
            }
        }
#pragma warning disable CA1031 // A caller's context that does not take the continuation.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            pool.ContinuationThrew(exception);
        }
    }

    private void Cancel(CancellationToken token)
    {
        if (Interlocked.Exchange(ref _resultSet, 1) == 0)
        {
            _core.RunContinuationsAsynchronously = _pool.RunContinuationsAsynchronously;
            _core.SetException(new OperationCanceledException(token));
        }
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowNotEnded() => throw new InvalidOperationException("The operation has not ended: its task must be awaited before its result is taken.");

    private void Return()
    {
        _value = default!;
        if (Sample is { } sample)
        {
            Sample = null;
            sample.End();
        }

        _pool.Return(this);
    }

    private void LetGo()
    {
        if (Interlocked.Decrement(ref _holders) == 0) // full fence: what the other holder has stamped is seen
        {
            Return();
        }
    }
}
