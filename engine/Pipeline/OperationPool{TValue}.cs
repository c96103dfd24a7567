using System;
using System.Threading;
using Microsoft.Extensions.ObjectPool;

namespace RaftEngine.Pipeline;

/// <summary>A bounded pool of operations, and the table by which the loop finds one from its slot.</summary>
/// <typeparam name="TValue">What the operations give.</typeparam>
internal sealed class OperationPool<TValue> : IOperationTable
{
    private readonly Operation<TValue>?[] _bySlot;
    private readonly DefaultObjectPool<Operation<TValue>> _pool;
    private int _created;
    private int _inUse;

    /// <summary>A pool.</summary>
    /// <param name="capacity">The most operations in use at once.</param>
    /// <param name="runContinuationsAsynchronously">Whether continuations go to the thread pool.</param>
    public OperationPool(int capacity, bool runContinuationsAsynchronously)
    {
        Capacity = capacity;
        RunContinuationsAsynchronously = runContinuationsAsynchronously;
        _bySlot = new Operation<TValue>?[capacity];
        _pool = new DefaultObjectPool<Operation<TValue>>(new Policy(this), capacity);
    }

    public int Capacity { get; }

    /// <summary>How many are in use, a moment ago. Any thread.</summary>
    public int InUse => Volatile.Read(ref _inUse);

    public bool RunContinuationsAsynchronously { get; }

    /// <summary>Where continuations run that must not run on the pipeline's threads; null for the thread pool.</summary>
    public Action<IThreadPoolWorkItem>? Scheduler { get; init; }

    /// <summary>An operation, ready for use; null if <see cref="Capacity"/> are in use. Any thread.</summary>
    public Operation<TValue>? TryRent()
    {
        if (Interlocked.Increment(ref _inUse) > Capacity)
        {
            Interlocked.Decrement(ref _inUse);
            return null;
        }

        // Fewer than Capacity are held, so there is one in the pool; a look that raced with others past it is made again.
        Operation<TValue>? operation;
        while ((operation = _pool.Get()) is null)
        {
            Thread.Yield();
        }

        operation.Begin();
        return operation;
    }

    /// <summary>Takes an operation back. Any thread.</summary>
    /// <param name="operation">The operation, that nobody uses any more.</param>
    public void Return(Operation<TValue> operation)
    {
        // The pool first: whoever is let in by the counter must find an operation there.
        _pool.Return(operation);
        Interlocked.Decrement(ref _inUse);
    }

    public Operation BySlot(long slot) =>
        _bySlot[slot] ?? throw new InvalidOperationException($"No operation has slot {slot}.");

    private Operation<TValue>? Create()
    {
        int slot = Interlocked.Increment(ref _created) - 1;
        if (slot >= Capacity)
        {
            Interlocked.Decrement(ref _created);
            return null;
        }

        Operation<TValue> operation = new(this) { Slot = slot };
        _bySlot[slot] = operation;
        return operation;
    }

    private sealed class Policy(OperationPool<TValue> owner) : PooledObjectPolicy<Operation<TValue>>
    {
        // Null where the table is full: TryRent then looks again.
        public override Operation<TValue> Create() => owner.Create()!;

        public override bool Return(Operation<TValue> operation) => true;
    }
}
