using System;
using System.Collections.Generic;
using System.Threading;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// A pass over a log's records from back to front. Records say nothing of those before them, so each segment is walked once from its front, and a place is remembered every
/// so many records; from these places, the last one first, the records between two of them are found again and shown.
/// </summary>
internal sealed class BackwardWalk(LogInspector inspector, long fromIndex, long toIndex, LogRecordVisitor visitor, CancellationToken cancellationToken)
{
    private const int StretchRecords = 1024;

    private readonly List<(int End, long LastIndex)> _places = [];
    private readonly int[] _offsets = new int[StretchRecords];
    private long _nextToShow = toIndex;
    private bool _isDone;

    /// <summary>Makes the pass; again, if something was being written meanwhile.</summary>
    /// <exception cref="LogCorruptedException">A segment is not as it was written, or was being written while it was read. Those behind it have been shown.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Run()
    {
        using FileSystemDirectory directory = inspector.OpenDirectory();
        LogStart start = inspector.ReadStart(directory);
        long[] firstIndexes = inspector.ListSegments(directory, start);
        inspector.RequireSegments(directory, start, firstIndexes);
        for (int i = firstIndexes.Length - 1; i >= 0 && !_isDone && _nextToShow >= fromIndex; i--)
        {
            if (firstIndexes[i] <= _nextToShow)
            {
                ReadSegment(directory, firstIndexes.AsSpan(i), i == 0 ? start : null);
            }
        }
    }

    // The first of those that begin there and behind.
    private void ReadSegment(FileSystemDirectory directory, ReadOnlySpan<long> firstIndexes, LogStart? beginsAt)
    {
        long firstIndex = firstIndexes[0];
        string name = SegmentFormat.NameOf(firstIndex);
        using SegmentCopy copy = inspector.OpenSegment(directory, firstIndex, out SegmentHeader header);
        if (beginsAt is { } start)
        {
            SegmentFormat.RequireContinues(name, header, start.FirstIndex - 1, start.PreviousTerm, start.ChainSeed);
        }

        FindPlaces(copy, name, header, firstIndexes[1..]);
        int released = copy.Length;
        for (int i = _places.Count - 1; i >= 0 && !_isDone && _nextToShow >= fromIndex; i--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ShowStretch(copy, name, header, _places[i].End, _places[i].LastIndex);
            long passed = (_places[i].End + (long)SegmentCopy.StepBytes - 1) / SegmentCopy.StepBytes * SegmentCopy.StepBytes;
            if (passed < released)
            {
                copy.Release((int)passed, released);
                released = (int)passed;
            }
        }
    }

    private void FindPlaces(SegmentCopy copy, string name, in SegmentHeader header, ReadOnlySpan<long> next)
    {
        _places.Clear();
        _places.Add((SegmentFormat.HeaderBytes, header.FirstIndex - 1));
        SegmentScanner scanner = new(copy, name, header);
        while (scanner.LastIndex < _nextToShow && scanner.MoveNext())
        {
            if (scanner.LastIndex - _places[^1].LastIndex == StretchRecords)
            {
                _places.Add((scanner.End, scanner.LastIndex));
            }

            if (scanner.End >= copy.NextMove)
            {
                cancellationToken.ThrowIfCancellationRequested();
                copy.MoveTo(scanner.Start);
            }
        }

        if (scanner.LastIndex >= _nextToShow && (next.IsEmpty || scanner.LastIndex + 1 != next[0]))
        {
            return;
        }

        if (!next.IsEmpty)
        {
            scanner.RequireSealed(next[0], next.Length == 1);
        }
        else
        {
            scanner.JudgeTail(inspector.IsSingleSegment);
        }
    }

    private void ShowStretch(SegmentCopy copy, string name, in SegmentHeader header, int start, long before)
    {
        SegmentScanner scanner = new(copy, name, header, start, before);
        int found = 0;
        while (found < StretchRecords && scanner.LastIndex < _nextToShow && scanner.MoveNext())
        {
            _offsets[found++] = scanner.Start;
        }

        for (int i = found - 1; i >= 0 && before + 1 + i >= fromIndex; i--)
        {
            SegmentScanner one = new(copy, name, header, i == 0 ? start : _offsets[i], before + i);
            if (!one.MoveNext())
            {
                throw one.Corrupted(); // just now it was there: it is being truncated
            }

            _nextToShow = one.LastIndex - 1;
            if (!visitor(name, one.Start, one.Current))
            {
                _isDone = true;
                return;
            }
        }
    }
}
