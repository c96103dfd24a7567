using System;
using System.Threading;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// A pass over a log's records from front to back, each checked against the one before it. On retry, records already
/// visited are skipped.
/// </summary>
internal sealed class LogWalk
{
    private readonly LogInspector _inspector;
    private readonly long _toIndex;
    private readonly LogRecordVisitor? _visitor;
    private readonly CancellationToken _cancellationToken;
    private long _nextToShow;
    private bool _hasShown;
    private bool _isDone;
    private long _firstIndex;
    private long _lastIndex;
    private long _lastTerm;
    private ulong _chain;
    private long _recordBytes;
    private long _lastSegmentEnd;
    private int _segments;
    private SegmentTail _tail;

    /// <summary>A pass over the whole log, or a part of it.</summary>
    /// <param name="inspector">The log.</param>
    /// <param name="fromIndex">The first index of interest. Without a visitor, the log is read from its beginning in any case.</param>
    /// <param name="toIndex">The last one.</param>
    /// <param name="visitor">Receives the records of interest; may be null.</param>
    /// <param name="cancellationToken">Ends the pass within a few MiB.</param>
    public LogWalk(LogInspector inspector, long fromIndex, long toIndex, LogRecordVisitor? visitor, CancellationToken cancellationToken)
    {
        _inspector = inspector;
        _nextToShow = fromIndex;
        _toIndex = toIndex;
        _visitor = visitor;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Is told, every few MiB, how many bytes of segments have been read in this pass.</summary>
    public Action<long>? OnProgress { get; init; }

    public LogVerification Result(LogCorruptedException? damage) => new()
    {
        FirstIndex = _firstIndex,
        LastIndex = _lastIndex,
        LastTerm = _lastTerm,
        RecordBytes = _recordBytes,
        Segments = _segments,
        Fingerprint = _chain,
        TornTailBytes = _tail.TornBytes,
        SyncedThrough = _tail.NewestMark.SyncedThrough,
        MarkSequence = _tail.NewestMark.Sequence,
        LastSegmentEnd = _lastSegmentEnd,
        Damage = damage,
    };

    /// <summary>Makes the pass.</summary>
    /// <exception cref="LogCorruptedException">Something is not as it was written, or was being written while it was read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Run()
    {
        _recordBytes = 0;
        _segments = 0;
        _tail = default;
        using FileSystemDirectory directory = _inspector.OpenDirectory();
        LogStart start = _inspector.ReadStart(directory);
        long[] firstIndexes = _inspector.ListSegments(directory, start);
        _inspector.RequireSegments(directory, start, firstIndexes);
        _firstIndex = start.FirstIndex;
        _lastIndex = start.FirstIndex - 1;
        _lastTerm = start.PreviousTerm;
        _chain = start.ChainSeed;
        long begin = _hasShown ? _nextToShow - 1 : _nextToShow; // again in the segment of the last record shown: its end is to be judged too
        int first = _visitor is null ? 0 : Math.Max(0, Array.FindLastIndex(firstIndexes, index => index <= begin));
        for (int i = first; i < firstIndexes.Length && !_isDone; i++)
        {
            ReadSegment(directory, firstIndexes.AsSpan(i), isTrusted: i == first && i > 0);
        }
    }

    // The first of those that are left.
    private void ReadSegment(FileSystemDirectory directory, ReadOnlySpan<long> firstIndexes, bool isTrusted)
    {
        long firstIndex = firstIndexes[0];
        long nextFirstIndex = firstIndexes.Length > 1 ? firstIndexes[1] : 0;
        string name = SegmentFormat.NameOf(firstIndex);
        using SegmentCopy copy = _inspector.OpenSegment(directory, firstIndex, out SegmentHeader header);
        if (!isTrusted)
        {
            SegmentFormat.RequireContinues(name, header, _lastIndex, _lastTerm, _chain);
        }

        SegmentScanner scanner = Begin(directory, copy, name, header, nextFirstIndex);
        long began = scanner.End;
        while (scanner.MoveNext())
        {
            if (scanner.End >= copy.NextMove)
            {
                copy.MoveTo(scanner.Start);
                _cancellationToken.ThrowIfCancellationRequested();
                OnProgress?.Invoke(_recordBytes + scanner.End - began);
            }

            if (_visitor is not null)
            {
                Note(scanner);
                if (!Show(name, ref scanner))
                {
                    return;
                }
            }
        }

        Note(scanner);
        _recordBytes += scanner.End - began;
        _segments++;
        _lastSegmentEnd = scanner.End;
        if (nextFirstIndex != 0)
        {
            scanner.RequireSealed(nextFirstIndex, firstIndexes.Length == 2);
        }
        else
        {
            _tail = scanner.JudgeTail(_inspector.IsSingleSegment);
        }
    }

    private void Note(in SegmentScanner scanner)
    {
        _lastIndex = scanner.LastIndex;
        _lastTerm = scanner.LastTerm;
        _chain = scanner.LastChain;
    }

    // The records before those of interest are skipped where a table of offsets that belongs to these records says where they end.
    private SegmentScanner Begin(FileSystemDirectory directory, SegmentCopy copy, string name, in SegmentHeader header, long nextFirstIndex)
    {
        if (_visitor is not null && nextFirstIndex != 0 && _nextToShow > header.FirstIndex && _nextToShow < nextFirstIndex)
        {
            using OffsetTable? table = _inspector.OpenTable(directory, header, nextFirstIndex);
            if (table is not null && table.TryFind(_nextToShow - header.FirstIndex, out int offset))
            {
                return new SegmentScanner(copy, name, header, offset, _nextToShow - 1);
            }
        }

        return new SegmentScanner(copy, name, header);
    }

    private bool Show(string name, ref SegmentScanner scanner)
    {
        if (_lastIndex >= _nextToShow)
        {
            _nextToShow = _lastIndex + 1;
            _hasShown = true;
            _isDone = _lastIndex > _toIndex || !_visitor!(name, scanner.Start, scanner.Current) || _lastIndex == _toIndex;
        }

        return !_isDone;
    }
}
