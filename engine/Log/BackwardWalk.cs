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
        inspector.RequireSegments(start, firstIndexes);
        for (int i = firstIndexes.Length - 1; i >= 0 && !_isDone && _nextToShow >= fromIndex; i--)
        {
            if (firstIndexes[i] <= _nextToShow)
            {
                ReadSegment(directory, firstIndexes[i], i < firstIndexes.Length - 1 ? firstIndexes[i + 1] : 0, i == 0 ? start : null);
            }
        }
    }

    private unsafe void ReadSegment(FileSystemDirectory directory, long firstIndex, long nextFirstIndex, LogStart? beginsAt)
    {
        string name = SegmentFormat.NameOf(firstIndex);
        using IStorageFile file = directory.OpenForReading(name)
            ?? throw LogCorruptedException.Missing(name, firstIndex);
        SegmentHeader header = LogRecovery.ReadHeader(file, directory.Path, name, inspector.Owner.LogId);
        if (beginsAt is { } start)
        {
            SegmentFormat.RequireContinues(name, header, start.FirstIndex - 1, start.PreviousTerm, start.ChainSeed);
        }

        using IStorageMapping mapping = file.Map(header.FileSize);
        ReadOnlySpan<byte> segment = new((void*)mapping.Address, (int)header.FileSize);
        using (MappingWindow window = new(mapping, header.FileSize))
        {
            FindPlaces(segment, name, header, nextFirstIndex, window);
        }

        long released = header.FileSize;
        for (int i = _places.Count - 1; i >= 0 && !_isDone && _nextToShow >= fromIndex; i--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ShowStretch(new SegmentScanner(segment, name, header, _places[i].End, _places[i].LastIndex), segment, name, header);
            long passed = (_places[i].End + (long)MappingWindow.StepBytes - 1) / MappingWindow.StepBytes * MappingWindow.StepBytes;
            if (passed < released)
            {
                mapping.Release(passed, released - passed);
                released = passed;
            }
        }
    }

    private void FindPlaces(ReadOnlySpan<byte> segment, string name, in SegmentHeader header, long nextFirstIndex, MappingWindow window)
    {
        _places.Clear();
        _places.Add((SegmentFormat.HeaderBytes, header.FirstIndex - 1));
        SegmentScanner scanner = new(segment, name, header);
        while (scanner.LastIndex < _nextToShow && scanner.MoveNext())
        {
            if (scanner.LastIndex - _places[^1].LastIndex == StretchRecords)
            {
                _places.Add((scanner.End, scanner.LastIndex));
            }

            if (scanner.End >= window.NextMove)
            {
                cancellationToken.ThrowIfCancellationRequested();
                window.MoveTo(scanner.End);
            }
        }

        if (scanner.LastIndex >= _nextToShow && scanner.LastIndex + 1 != nextFirstIndex)
        {
            return;
        }

        if (nextFirstIndex != 0)
        {
            scanner.RequireSealed(nextFirstIndex);
        }
        else
        {
            scanner.JudgeTail();
        }
    }

    private void ShowStretch(SegmentScanner scanner, ReadOnlySpan<byte> segment, string name, in SegmentHeader header)
    {
        long before = scanner.LastIndex;
        int found = 0;
        int start = scanner.End;
        while (found < StretchRecords && scanner.LastIndex < _nextToShow && scanner.MoveNext())
        {
            _offsets[found++] = scanner.Start;
        }

        for (int i = found - 1; i >= 0 && before + 1 + i >= fromIndex; i--)
        {
            SegmentScanner one = new(segment, name, header, i == 0 ? start : _offsets[i], before + i);
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
