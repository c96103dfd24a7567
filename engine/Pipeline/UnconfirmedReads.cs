using System.Diagnostics.CodeAnalysis;

namespace RaftEngine.Pipeline;

/// <summary>The reads whose round no majority has confirmed yet, oldest first: a list through the operations themselves. The loop's.</summary>
internal sealed class UnconfirmedReads
{
    private Operation? _first;
    private Operation? _last;

    /// <summary>True if there is none.</summary>
    public bool IsEmpty => _first is null;

    /// <summary>Adds a read. Rounds never decrease from one to the next.</summary>
    /// <param name="read">The read, with its index and round.</param>
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

    /// <summary>Takes the oldest read, if its round is confirmed.</summary>
    /// <param name="confirmedRound">The highest round that a majority has confirmed.</param>
    /// <param name="read">The read.</param>
    /// <returns>False if there is none.</returns>
    public bool TryTake(ulong confirmedRound, [NotNullWhen(true)] out Operation? read)
    {
        if (_first is null || _first.ReadRound > confirmedRound)
        {
            read = null;
            return false;
        }

        read = _first;
        _first = read.Next;
        if (_first is null)
        {
            _last = null;
        }

        return true;
    }

    /// <summary>Ends all of them: this node no longer leads, and a read is safe to ask of another.</summary>
    /// <param name="leaderId">The leader it knows of; 0 if none.</param>
    public void FailAll(ulong leaderId)
    {
        while (TryTake(ulong.MaxValue, out Operation? read))
        {
            read.Fail(new NotLeaderException(leaderId));
        }
    }
}
