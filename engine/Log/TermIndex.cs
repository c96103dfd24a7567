using System;

namespace RaftEngine.Log;

/// <summary>The term of every index, as the runs of equal terms: a few numbers for a whole log, so that the core's questions touch no file. The loop's own.</summary>
internal sealed class TermIndex
{
    private long[] _firstIndexes = new long[16];
    private long[] _terms = new long[16];
    private int _count = 1;

    /// <summary>An index that knows the term before the log's first record.</summary>
    public TermIndex(long indexBefore, long termBefore)
    {
        _firstIndexes[0] = indexBefore;
        _terms[0] = termBefore;
    }

    /// <summary>The term of the last index.</summary>
    public long LastTerm => _terms[_count - 1];

    /// <summary>Notes the term of the next index.</summary>
    public void Add(long index, long term)
    {
        if (term != LastTerm)
        {
            if (_count == _terms.Length)
            {
                Array.Resize(ref _firstIndexes, 2 * _count);
                Array.Resize(ref _terms, 2 * _count);
            }

            _firstIndexes[_count] = index;
            _terms[_count++] = term;
        }
    }

    /// <summary>Forgets an index and those after it.</summary>
    public void CutFrom(long index)
    {
        while (_count > 1 && _firstIndexes[_count - 1] >= index)
        {
            _count--;
        }
    }

    /// <summary>Forgets the indexes before one that is known, but for the term right before it.</summary>
    public void CutBefore(long index)
    {
        int first = RunOf(index - 1);
        _count -= first;
        Array.Copy(_firstIndexes, first, _firstIndexes, 0, _count);
        Array.Copy(_terms, first, _terms, 0, _count);
        _firstIndexes[0] = index - 1;
    }

    /// <summary>Forgets everything, and starts behind an index.</summary>
    public void Reset(long indexBefore, long termBefore)
    {
        _count = 1;
        _firstIndexes[0] = indexBefore;
        _terms[0] = termBefore;
    }

    /// <summary>The term at an index.</summary>
    public long TermAt(long index) => _terms[RunOf(index)];

    /// <summary>The last index, at most a given one, that has the same term as an index.</summary>
    public long EndOfTerm(long index, long atMost)
    {
        int next = RunOf(index) + 1;
        return next == _count ? atMost : Math.Min(atMost, _firstIndexes[next] - 1);
    }

    /// <summary>The term runs of a range of indexes, as pairs of first index and term.</summary>
    public long[] RunsOf(long firstIndex, long lastIndex)
    {
        int first = RunOf(firstIndex);
        int last = RunOf(lastIndex);
        long[] runs = new long[2 * (last - first + 1)];
        for (int i = first; i <= last; i++)
        {
            runs[2 * (i - first)] = Math.Max(firstIndex, _firstIndexes[i]);
            runs[(2 * (i - first)) + 1] = _terms[i];
        }

        return runs;
    }

    private int RunOf(long index)
    {
        if (index >= _firstIndexes[_count - 1])
        {
            return _count - 1;
        }

        int found = Array.BinarySearch(_firstIndexes, 0, _count, index);
        return found >= 0 ? found : ~found - 1;
    }
}
