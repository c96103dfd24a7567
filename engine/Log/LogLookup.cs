using System;
using System.Collections.Generic;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// Looks up chain values and records by their index, without reading what lies between: the headers give the chain value before each segment, a
/// sealed segment's table says where its
/// records are, and only a segment without a table, and the last one, are walked. One thread.
/// </summary>
internal sealed class LogLookup : IDisposable
{
    private readonly FileSystemDirectory _directory;
    private readonly LogInspector _inspector;
    private readonly LogStart _start;
    private readonly long[] _firstIndexes;
    private readonly Dictionary<int, SegmentLookup> _opened = [];
    private readonly Dictionary<int, SegmentHeader> _headers = [];

    /// <summary>Opens a log, by its last segment. Takes the directory over once it has succeeded.</summary>
    public LogLookup(LogInspector inspector, FileSystemDirectory directory, LogStart start, long[] firstIndexes)
    {
        _directory = directory;
        _inspector = inspector;
        _start = start;
        _firstIndexes = firstIndexes;
        LastIndex = start.FirstIndex - 1;
        LastTerm = start.PreviousTerm;
        if (firstIndexes.Length != 0)
        {
            SegmentFormat.RequireContinues(SegmentFormat.NameOf(firstIndexes[0]), HeaderOf(0), start.FirstIndex - 1, start.PreviousTerm, start.ChainSeed);
            SegmentLookup last = Open(firstIndexes.Length - 1);
            LastIndex = last.LastIndex;
            LastTerm = last.TermAt(LastIndex);
        }
    }

    /// <summary>The first index of the log.</summary>
    public long FirstIndex => _start.FirstIndex;

    /// <summary>Its last index; one less if there is none.</summary>
    public long LastIndex { get; }

    /// <summary>The term there.</summary>
    public long LastTerm { get; }

    /// <summary>How many segments there are.</summary>
    public int Segments => _firstIndexes.Length;

    /// <summary>How many segments were looked into, further than their headers.</summary>
    public int SegmentsRead => _opened.Count;

    /// <summary>The first indexes of the segments, ascending: the chain value before each of them is cheap.</summary>
    public IReadOnlyList<long> FirstIndexes => _firstIndexes;

    /// <summary>The chain value at an index of the log, or at the one before its first.</summary>
    /// <exception cref="LogCorruptedException">What should say where the record is, or the record itself, is not what was written.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public ulong ChainAt(long index)
    {
        if (index == _start.FirstIndex - 1)
        {
            return _start.ChainSeed;
        }

        int next = Array.BinarySearch(_firstIndexes, index + 1);
        return next >= 0 ? HeaderOf(next).ChainSeed : Find(index).ChainAt(index);
    }

    /// <summary>The record at an index of the log.</summary>
    /// <exception cref="LogCorruptedException">It is not what was written.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public LookedUpRecord Read(long index) => Find(index).Read(index);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SegmentLookup segment in _opened.Values)
        {
            segment.Dispose();
        }

        _directory.Dispose();
    }

    private SegmentLookup Find(long index)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(index, FirstIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, LastIndex);
        int found = Array.BinarySearch(_firstIndexes, index);
        return Open(found >= 0 ? found : ~found - 1);
    }

    private SegmentLookup Open(int place)
    {
        if (!_opened.TryGetValue(place, out SegmentLookup? segment))
        {
            SegmentHeader? next = place + 1 < _firstIndexes.Length ? HeaderOf(place + 1) : null;
            segment = SegmentLookup.Open(_inspector, _directory, _firstIndexes[place], next?.FirstIndex ?? 0, place + 2 == _firstIndexes.Length);
            _opened.Add(place, segment);
        }

        return segment;
    }

    private SegmentHeader HeaderOf(int place)
    {
        if (!_headers.TryGetValue(place, out SegmentHeader header))
        {
            string name = SegmentFormat.NameOf(_firstIndexes[place]);
            using IStorageFile file = _directory.OpenForReading(name)
                ?? throw LogCorruptedException.Missing(name, _firstIndexes[place]);
            header = LogRecovery.ReadHeader(file, _directory.Path, name, _inspector.Owner.LogId);
            _headers.Add(place, header);
        }

        return header;
    }
}
