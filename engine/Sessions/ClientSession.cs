using System;
using System.Runtime.CompilerServices;
using RaftEngine.Protocol;

namespace RaftEngine.Sessions;

/// <summary>What is remembered of a client: which of its commands were applied, and the results that it may still ask for.</summary>
internal sealed class ClientSession<TResult>(long id, long timeoutMilliseconds)
{
    private Applied<TResult>[] _results = [];   // a ring, by sequence: its length is a power of two, and covers all that was applied above FirstUnsettled

    /// <summary>The index of the entry that opened it.</summary>
    public long Id => id;

    /// <summary>For how long it is remembered after its last entry.</summary>
    public long TimeoutMilliseconds => timeoutMilliseconds;

    /// <summary>The log's time at its last entry.</summary>
    public long LastTimeMilliseconds { get; set; }

    /// <summary>It is forgotten at this time.</summary>
    public long DeadlineMilliseconds => LastTimeMilliseconds > long.MaxValue - timeoutMilliseconds ? long.MaxValue : LastTimeMilliseconds + timeoutMilliseconds;

    /// <summary>The client has the results of all lower sequences.</summary>
    public long FirstUnsettled { get; private set; } = 1;

    /// <summary>Bit n: sequence <see cref="FirstUnsettled"/> + n was applied.</summary>
    public ulong AppliedBits { get; private set; }

    /// <summary>Of which capture of the table it is: one that belongs to an earlier one is not changed any more.</summary>
    public int Generation { get; set; }

    /// <summary>Forgets the results below a sequence.</summary>
    public void Settle(long firstUnsettled)
    {
        if (firstUnsettled <= FirstUnsettled)
        {
            return;
        }

        long distance = firstUnsettled - FirstUnsettled;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TResult>())
        {
            for (int i = 0; i < Math.Min(distance, _results.Length); i++)
            {
                _results[(FirstUnsettled + i) & (_results.Length - 1)] = default;
            }
        }

        AppliedBits = distance < SessionFormat.MaxUnsettled ? AppliedBits >> (int)distance : 0;
        FirstUnsettled = firstUnsettled;
    }

    /// <summary>The first result of a sequence that is not settled.</summary>
    /// <returns>False if it was not applied yet.</returns>
    public bool TryGet(long sequence, out Applied<TResult> applied)
    {
        bool isApplied = (AppliedBits & BitOf(sequence)) != 0;
        applied = isApplied ? _results[sequence & (_results.Length - 1)] : default;
        return isApplied;
    }

    /// <summary>Remembers a result.</summary>
    public void Add(long sequence, in Applied<TResult> applied)
    {
        ulong bit = BitOf(sequence);
        if (sequence - FirstUnsettled >= _results.Length)
        {
            Grow((int)(sequence - FirstUnsettled) + 1);
        }

        _results[sequence & (_results.Length - 1)] = applied;
        AppliedBits |= bit;
    }

    /// <summary>A copy that can be changed without changing this one.</summary>
    public ClientSession<TResult> Clone()
    {
        ClientSession<TResult> clone = (ClientSession<TResult>)MemberwiseClone();
        clone._results = (Applied<TResult>[])_results.Clone();
        return clone;
    }

    private ulong BitOf(long sequence)
    {
        long distance = sequence - FirstUnsettled;
        return distance is >= 0 and < SessionFormat.MaxUnsettled
            ? 1UL << (int)distance
            : throw new InvalidOperationException($"Sequence {sequence} is out of the reach of session {id}, whose lowest unsettled one is {FirstUnsettled}.");
    }

    private void Grow(int needed)
    {
        int length = Math.Max(4, _results.Length);
        while (length < needed)
        {
            length *= 2;
        }

        Applied<TResult>[] results = new Applied<TResult>[length];
        for (int i = 0; i < _results.Length; i++)
        {
            long sequence = FirstUnsettled + i;
            results[sequence & (length - 1)] = _results[sequence & (_results.Length - 1)];
        }

        _results = results;
    }
}
