using System;
using System.Numerics;
using System.Threading;
using Microsoft.Extensions.ObjectPool;

namespace RaftEngine.Pipeline;

/// <summary>
/// The bound on operations in flight, the objects that they use, and the table by which the loop finds one from its slot in the inbox.
/// </summary>
/// <typeparam name="TValue">What the operations give.</typeparam>
/// <remarks>
/// An operation counts from <see cref="TryRent"/> until the pipeline ends it, and stands in the table for as long: a caller that never takes its result holds no place, and the
/// object is left to the garbage collector.
/// </remarks>
internal sealed class OperationPool<TValue> : IOperationTable
{
    private const ulong NextTicket = 1ul << 32;

    private readonly Operation<TValue>?[] _bySlot;
    private readonly uint _mask;
    private readonly DefaultObjectPool<Operation<TValue>> _pool;
    private int _created;
    private ulong _state = unchecked(0 - NextTicket); // upper half: the last ticket, which says where a free slot is looked for; lower half: operations in flight

    /// <summary>A pool for so many operations in flight at once, whose continuations go to the thread pool or not.</summary>
    public OperationPool(int capacity, bool runContinuationsAsynchronously)
    {
        Capacity = capacity;
        RunContinuationsAsynchronously = runContinuationsAsynchronously;
        _bySlot = new Operation<TValue>?[BitOperations.RoundUpToPowerOf2((uint)capacity * 2)]; // half empty, so that a free slot is near
        _mask = (uint)_bySlot.Length - 1;
        _pool = new DefaultObjectPool<Operation<TValue>>(new Policy(this), capacity);
    }

    public int Capacity { get; }

    /// <summary>How many are in flight, a moment ago. Any thread.</summary>
    public int InUse => (int)(uint)Volatile.Read(ref _state);

    public bool RunContinuationsAsynchronously { get; }

    /// <summary>Is told what a caller's continuation has thrown. Any thread.</summary>
    public Action<Exception> ContinuationThrew { get; init; } = static _ => { };

    /// <summary>Where continuations run that must not run on the pipeline's threads; null for the thread pool.</summary>
    public Action<IThreadPoolWorkItem>? Scheduler { get; init; }

    /// <summary>An operation, ready for use; null if <see cref="Capacity"/> are in flight. Any thread.</summary>
    public Operation<TValue>? TryRent()
    {
        ulong state = Interlocked.Add(ref _state, NextTicket + 1);
        if ((uint)state > (uint)Capacity)
        {
            Interlocked.Decrement(ref _state);
            return null;
        }

        Operation<TValue> operation = _pool.Get();
        operation.Begin();

        // There is a free slot, because whatever has one is in flight. Full fence; the inbox publishes the operation.
        uint slot = (uint)(state >> 32) & _mask;
        while (Interlocked.CompareExchange(ref _bySlot[slot], operation, null) is not null)
        {
            slot = (uint)(Interlocked.Add(ref _state, NextTicket) >> 32) & _mask;
        }

        operation.Slot = (int)slot;
        return operation;
    }

    /// <summary>The pipeline has ended an operation: it is not in flight any more, and its slot is free. Any thread.</summary>
    public void Ended(int slot)
    {
        Volatile.Write(ref _bySlot[slot], null); // pairs with the exchange in TryRent; before the count, so that a caller it admits finds a slot
        Interlocked.Decrement(ref _state);
    }

    /// <summary>Takes back the object of an operation that neither the pipeline nor a caller uses any more. Any thread.</summary>
    public void Return(Operation<TValue> operation) => _pool.Return(operation);

    public Operation? BySlot(long slot) => Volatile.Read(ref _bySlot[slot]);

    private sealed class Policy(OperationPool<TValue> owner) : PooledObjectPolicy<Operation<TValue>>
    {
        public override Operation<TValue> Create() => new(owner) { SamplerUses = Interlocked.Increment(ref owner._created) - 1 };

        public override bool Return(Operation<TValue> operation) => true;
    }
}
