using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>One segment in which records are looked up: by its table of offsets if it has a valid one that is of these records, otherwise by a walk over them.</summary>
internal sealed unsafe class SegmentLookup : IDisposable
{
    private readonly SegmentCopy _copy;
    private readonly OffsetTable? _table;
    private readonly List<uint> _walked;
    private readonly string _name;
    private readonly SegmentHeader _header;

    private SegmentLookup(SegmentCopy copy, string name, in SegmentHeader header, OffsetTable? table, List<uint> walked)
    {
        _copy = copy;
        _name = name;
        _header = header;
        _table = table;
        _walked = walked;
        long records = table?.Records ?? walked.Count - 1;
        LastIndex = header.FirstIndex + records - 1;
    }

    /// <summary>The last index in the segment; the one before it if there is none.</summary>
    public long LastIndex { get; }

    private ReadOnlySpan<uint> Offsets => _table is null ? CollectionsMarshal.AsSpan(_walked) : new(_table.Offsets, (int)_table.Records + 1);

    /// <summary>Opens a segment.</summary>
    /// <param name="inspector">The log.</param>
    /// <param name="directory">Where it is.</param>
    /// <param name="firstIndex">Its first index.</param>
    /// <param name="nextFirstIndex">The first index of the segment after it; 0 if it is the last.</param>
    /// <param name="isNextLast">True if that one is the last.</param>
    /// <exception cref="LogCorruptedException">It is damaged, as far as it is looked at.</exception>
    public static SegmentLookup Open(LogInspector inspector, FileSystemDirectory directory, long firstIndex, long nextFirstIndex, bool isNextLast)
    {
        string name = SegmentFormat.NameOf(firstIndex);
        SegmentCopy copy = inspector.OpenSegment(directory, firstIndex, out SegmentHeader header);
        OffsetTable? table = null;
        try
        {
            table = nextFirstIndex == 0 ? null : inspector.OpenTable(directory, header, nextFirstIndex);
            List<uint> walked = table is null ? Walk(copy, name, header, nextFirstIndex, isNextLast, inspector.IsSingleSegment) : [];
            return new SegmentLookup(copy, name, header, table, walked);
        }
        catch
        {
            table?.Dispose();
            copy.Dispose();
            throw;
        }
    }

    /// <summary>The chain value at an index of the segment, or at the one before its first.</summary>
    public ulong ChainAt(long index) => index < _header.FirstIndex ? _header.ChainSeed : RecordFormat.ReadChain(Bytes(StartOf(index), SizeOf(index)));

    /// <summary>The term at an index of the segment, or at the one before its first.</summary>
    public long TermAt(long index) => index < _header.FirstIndex ? _header.PreviousTerm : RecordFormat.TermAt(in Bytes(StartOf(index), RecordFormat.HeaderBytes)[0]);

    /// <summary>A record, verified.</summary>
    public LookedUpRecord Read(long index)
    {
        int start = StartOf(index);
        ReadOnlySpan<byte> chained = Bytes(start - RecordFormat.ChainBytes, RecordFormat.ChainBytes + SizeOf(index));
        ulong expected = RecordFormat.ComputeChain(chained);
        ReadOnlySpan<byte> bytes = chained[RecordFormat.ChainBytes..];
        if (expected != RecordFormat.ReadChain(chained) || RecordFormat.SizeOf(RecordFormat.PayloadLengthAt(in bytes[0])) != bytes.Length)
        {
            throw new LogCorruptedException(_name, start, index, "record checksum", expected, RecordFormat.ReadChain(chained));
        }

        LogRecord record = RecordFormat.Read(bytes);
        return new LookedUpRecord(index, record.Term, record.Kind, record.Payload.ToArray(), record.Chain, _name, start);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _table?.Dispose();
        _copy.Dispose();
    }

    private static List<uint> Walk(SegmentCopy copy, string name, in SegmentHeader header, long nextFirstIndex, bool isNextLast, bool isAlone)
    {
        List<uint> offsets = [(uint)SegmentFormat.HeaderBytes / 8];
        SegmentScanner scanner = new(copy, name, header);
        while (scanner.MoveNext())
        {
            offsets.Add((uint)scanner.End / 8);
        }

        if (nextFirstIndex == 0)
        {
            scanner.JudgeTail(isAlone);
        }
        else
        {
            scanner.RequireSealed(nextFirstIndex, isNextLast);
        }

        return offsets;
    }

    // A table says where a record starts; the record itself must agree, and the offsets must lie in the segment: a checksum is no proof against all that may stand in a file.
    private int StartOf(long index)
    {
        int place = (int)(index - _header.FirstIndex);
        long start = Offsets[place] * 8L;
        long end = Offsets[place + 1] * 8L;
        long most = _header.FileSize - TailMark.SizeInBytes;
        if (start < SegmentFormat.HeaderBytes || end - start < RecordFormat.SmallestBytes || end > most)
        {
            throw new LogCorruptedException(OffsetTable.NameOf(_header.FirstIndex), 0, index, "record's end, at most", (ulong)most, (ulong)end);
        }

        long found = RecordFormat.IndexAt(in Bytes((int)start, RecordFormat.HeaderBytes)[0]);
        return found == index ? (int)start : throw new LogCorruptedException(_name, start, index, "record index", (ulong)index, (ulong)found);
    }

    private ReadOnlySpan<byte> Bytes(int start, int size)
    {
        _copy.Load(start, start + size);
        return _copy.Bytes.Slice(start, size);
    }

    private int SizeOf(long index)
    {
        int place = (int)(index - _header.FirstIndex);
        return (int)((Offsets[place + 1] - Offsets[place]) * 8);
    }
}
