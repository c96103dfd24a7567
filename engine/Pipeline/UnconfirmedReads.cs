using System;
using System.Diagnostics.CodeAnalysis;

namespace RaftEngine.Pipeline;

/// <summary>The reads that wait for other nodes, oldest first: a list through the operations themselves. The loop's.</summary>
internal sealed class UnconfirmedReads
{
    private Operation? _first;
    private Operation? _last;

    /// <summary>True if there is none.</summary>
    public bool IsEmpty => _first is null;

    /// <summary>When the oldest is given up.</summary>
    public TimeSpan NextDeadline => _first?.Deadline ?? TimeSpan.MaxValue;

    /// <summary>Adds a read. Rounds and indexes never decrease from one to the next.</summary>
    /// <param name="read">The read, with its round, index and deadline.</param>
    public void Add(Operation read)
    {
        read.Next = null;
        if (_last is null)
        {
            _first = read;
        }
        else
        {
            _last.Next = read;
        }

        _last = read;
    }

    /// <summary>Takes the oldest read, if its round is confirmed and its index committed; false if there is none.</summary>
    public bool TryTake(ulong confirmedRound, long commitIndex, [NotNullWhen(true)] out Operation? read)
    {
        if (_first is null || _first.ReadRound > confirmedRound || _first.Index > commitIndex)
        {
            read = null;
            return false;
        }

        return TryTake(out read);
    }

    /// <summary>Takes the oldest read; false if there is none.</summary>
    public bool TryTake([NotNullWhen(true)] out Operation? read)
    {
        read = _first;
        _first = read?.Next;
        _last = _first is null ? null : _last;
        return read is not null;
    }

    /// <summary>Ends all of them: a read changes nothing, and is safe to ask for again.</summary>
    /// <param name="error">Makes what each of them ends with.</param>
    public void FailAll(Func<Exception> error) => FailExpired(TimeSpan.MaxValue, error);

    /// <summary>Ends those that have waited for too long.</summary>
    public void FailExpired(TimeSpan now, Func<Exception> error)
    {
        while (NextDeadline <= now && TryTake(out Operation? read))
        {
            read.Fail(error());
        }
    }
}
