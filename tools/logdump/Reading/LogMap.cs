using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Storage;

namespace RaftEngine.LogDump.Reading;

/// <summary>
/// Draws every segment of a log, and goes on behind damage: what comes after it is looked at too, record by record, as far as records can be told from anything else.
/// </summary>
internal sealed class LogMap
{
    private const int MostExtents = 4096; // of a segment: one that is all broken pieces is not worth more memory
    private const int MostLooks = 100;
    private const int MostHashed = 8;

    private readonly LogInspector _inspector;
    private readonly CancellationToken _cancellationToken;
    private readonly List<Extent> _extents = [];
    private long _lastIndex;
    private long _lastTerm;
    private ulong _lastChain;
    private bool _isWhole = true; // everything before is as it was written

    private LogMap(LogInspector inspector, CancellationToken cancellationToken)
    {
        _inspector = inspector;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Draws the segments. A node that writes, or cuts its log off, while it is read can make it look damaged: then all is drawn anew, until the same is damaged
    /// twice in a row.</summary>
    /// <exception cref="DataDirectoryException">A newer version wrote a segment.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IReadOnlyList<SegmentPicture> Read(LogInspector inspector, CancellationToken cancellationToken)
    {
        List<SegmentPicture> pictures = new LogMap(inspector, cancellationToken).Draw();
        for (int look = 1; look < MostLooks && pictures.Exists(static picture => picture.IsDamaged); look++)
        {
            List<SegmentPicture> before = pictures;
            pictures = new LogMap(inspector, cancellationToken).Draw();
            if (HaveSameDamage(before, pictures))
            {
                break;
            }
        }

        return pictures;
    }

    private static bool HaveSameDamage(List<SegmentPicture> one, List<SegmentPicture> other) =>
        one.FindAll(static picture => picture.IsDamaged).SelectMany(static picture => picture.Extents)
            .SequenceEqual(other.FindAll(static picture => picture.IsDamaged).SelectMany(static picture => picture.Extents));

    private List<SegmentPicture> Draw()
    {
        List<SegmentPicture> pictures = [];
        using FileSystemDirectory directory = _inspector.OpenDirectory();
        LogStart start = ReadStart(directory);
        _lastIndex = start.FirstIndex - 1;
        _lastTerm = start.PreviousTerm;
        _lastChain = start.ChainSeed;
        long[] firstIndexes = SegmentFile.List(_inspector, directory, start);
        for (int i = 0; i < firstIndexes.Length; i++)
        {
            if (Draw(directory, firstIndexes.AsSpan(i)) is { } picture)
            {
                pictures.Add(picture);
            }
        }

        return pictures;
    }

    // Where the beginning of the log is damaged, nothing says which segments are before it, or what the first one
    // continues.
    private LogStart ReadStart(FileSystemDirectory directory)
    {
        try
        {
            return _inspector.ReadStart(directory);
        }
        catch (LogCorruptedException)
        {
            _isWhole = false;
            return default;
        }
    }

    // The first of those that are left.
    private SegmentPicture? Draw(FileSystemDirectory directory, ReadOnlySpan<long> firstIndexes)
    {
        ReadOnlySpan<long> next = firstIndexes[1..];
        using SegmentFile? file = SegmentFile.TryOpen(directory, SegmentFormat.NameOf(firstIndexes[0]));
        if (file is null)
        {
            return null;
        }

        _extents.Clear();
        try
        {
            SegmentHeader header = file.ReadHeader(directory, _inspector.Owner.LogId);
            DrawHeader(file.Name, header);
            DrawRecords(file, header, next);
        }
        catch (LogCorruptedException damage)
        {
            // Without a header nothing in the file can be told from what an earlier life of it has left.
            _extents.Clear();
            Add(new Extent(ExtentKind.Damaged, 0, file.Length, What: damage.Message));
            _isWhole = false;
        }

        return new SegmentPicture(file.Name, file.Length, next.IsEmpty, [.. _extents]);
    }

    private void DrawHeader(string name, in SegmentHeader header)
    {
        string? broken = null;
        try
        {
            if (_isWhole)
            {
                SegmentFormat.RequireContinues(name, header, _lastIndex, _lastTerm, _lastChain);
            }
        }
        catch (LogCorruptedException damage)
        {
            broken = damage.Message;
        }

        _isWhole = true; // from here on again, by what this header says
        Add(new Extent(broken is null ? ExtentKind.Header : ExtentKind.BrokenChain, 0, SegmentFormat.HeaderBytes, What: broken));
    }

    private void DrawRecords(SegmentFile file, in SegmentHeader header, ReadOnlySpan<long> next)
    {
        SegmentScanner scanner = new(file.Copy, file.Name, header);
        ExtentKind kind = ExtentKind.Ok;
        for (int from = SegmentFormat.HeaderBytes; ;)
        {
            long firstIndex = scanner.LastIndex + 1;
            Walk(ref scanner, file.Copy);
            (_lastIndex, _lastTerm, _lastChain) = (scanner.LastIndex, scanner.LastTerm, scanner.LastChain);
            if (DrawEnd(scanner, file, header, next, kind, from, firstIndex))
            {
                return;
            }

            // Damage: on to the next thing that is a record by itself.
            _isWhole = false;
            AddRecords(kind, from, scanner.End, firstIndex, scanner.LastIndex);
            kind = ExtentKind.Detached;
            from = FindRecord(file.Copy, scanner.End, scanner.LastIndex, out long foundIndex);
            long firstBad = scanner.LastIndex + 1;
            Add(new Extent(ExtentKind.Damaged, scanner.End, from - scanner.End, firstBad, Math.Max(firstBad, foundIndex - 1), scanner.Corrupted().Message));
            if (from == file.Length)
            {
                return;
            }

            scanner = new SegmentScanner(file.Copy, file.Name, header, from, foundIndex - 1);
        }
    }

    private void Walk(ref SegmentScanner scanner, SegmentCopy copy)
    {
        while (scanner.MoveNext())
        {
            if (scanner.End >= copy.NextMove)
            {
                copy.MoveTo(scanner.Start);
                _cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    // False if there is damage where the walk has ended.
    private bool DrawEnd(
        in SegmentScanner scanner, SegmentFile file, in SegmentHeader header, ReadOnlySpan<long> next, ExtentKind kind, int from, long firstIndex)
    {
        SegmentCopy copy = file.Copy;
        long nextFirstIndex = next.IsEmpty ? scanner.LastIndex + 1 : next[0];
        try
        {
            if (!next.IsEmpty)
            {
                scanner.RequireSealed(nextFirstIndex, next.Length == 1);
                AddRecords(kind, from, scanner.End, firstIndex, scanner.LastIndex);
                AddRest(file, scanner.End, hasMark: true);
                return true;
            }

            SegmentTail tail = scanner.JudgeTail(_inspector.IsSingleSegment);
            int synced = Math.Clamp((int)tail.NewestMark.SyncedThrough, from, scanner.End);
            AddSplit(kind, from, synced, scanner.End, firstIndex, scanner.LastIndex, copy);
            bool hasMark = TailMark.TryRead(copy.Bytes, scanner.End, header.CreatedStamp, out _);
            if (!hasMark && tail.TornBytes > 0)
            {
                Add(new Extent(ExtentKind.Torn, scanner.End, tail.TornBytes, What: "a write that has not finished"));
            }

            AddRest(file, hasMark ? scanner.End : scanner.End + tail.TornBytes, hasMark);
            return true;
        }
        catch (LogCorruptedException damage) when (scanner.LastIndex + 1 == nextFirstIndex && (!next.IsEmpty || IsSeal(copy.Bytes, scanner.End, header)))
        {
            AddRecords(kind, from, scanner.End, firstIndex, scanner.LastIndex);
            Add(new Extent(ExtentKind.Damaged, scanner.End, TailMark.SizeInBytes, What: damage.Message));
            AddRest(file, scanner.End + TailMark.SizeInBytes, hasMark: false);
            return true;
        }
        catch (LogCorruptedException)
        {
            return false;
        }
    }

    // What is missing behind a seal is no part of this segment.
    private static bool IsSeal(ReadOnlySpan<byte> bytes, int end, in SegmentHeader header) =>
        TailMark.TryRead(bytes, end, header.CreatedStamp, out TailMark mark) && mark.IsSeal;

    // The records before and behind the offset that the mark calls synced; it stands between two.
    private void AddSplit(ExtentKind kind, int from, int synced, int end, long firstIndex, long lastIndex, SegmentCopy copy)
    {
        if (synced == end || kind != ExtentKind.Ok)
        {
            AddRecords(kind, from, end, firstIndex, lastIndex);
            return;
        }

        copy.Load(synced, synced + RecordFormat.HeaderBytes);
        long firstUnsynced = RecordFormat.IndexAt(in copy.Bytes[synced]);
        AddRecords(kind, from, synced, firstIndex, firstUnsynced - 1);
        AddRecords(ExtentKind.Unsynced, synced, end, firstUnsynced, lastIndex);
    }

    private void AddRecords(ExtentKind kind, int from, int end, long firstIndex, long lastIndex)
    {
        if (end > from)
        {
            Add(new Extent(kind, from, end - from, firstIndex, lastIndex));
        }
    }

    private void AddRest(SegmentFile file, int from, bool hasMark)
    {
        if (hasMark)
        {
            Add(new Extent(ExtentKind.Mark, from, TailMark.SizeInBytes));
            from += TailMark.SizeInBytes;
        }

        if (from < file.Length)
        {
            int written = file.EndOfWritten(from);
            Add(new Extent(ExtentKind.Stale, from, written - from)); // not, if it is empty
            Add(new Extent(ExtentKind.Slack, written, file.Length - written));
        }
    }

    private void Add(Extent extent)
    {
        if (_extents.Count == MostExtents && extent.Length > 0)
        {
            Extent last = _extents[^1];
            _extents[^1] = last with { Kind = ExtentKind.Damaged, Length = extent.End - last.Offset, LastIndex = Math.Max(last.LastIndex, extent.LastIndex), What = "and more" };
        }
        else if (extent.Length > 0)
        {
            _extents.Add(extent);
        }
    }

    // The next record that is whole by itself and of a later index than the bad one, or the file's end. What a client
    // has stored may look like a record at every place and be none:
    // so no more is hashed in vain than so many times what was looked at.
    private int FindRecord(SegmentCopy copy, int bad, long lastIndex, out long index)
    {
        ReadOnlySpan<byte> bytes = copy.Bytes;
        int loaded = 0;
        long hashed = 0;
        for (int offset = bad + 8; offset <= bytes.Length - TailMark.SizeInBytes - RecordFormat.SmallestBytes; offset += 8)
        {
            if (offset + RecordFormat.SmallestBytes > loaded)
            {
                _cancellationToken.ThrowIfCancellationRequested();
                loaded = copy.Load(offset - RecordFormat.ChainBytes, offset + RecordFormat.SmallestBytes);
            }

            ref readonly byte record = ref bytes[offset];
            long size = RecordFormat.SizeOf(RecordFormat.PayloadLengthAt(in record));
            index = RecordFormat.IndexAt(in record);
            bool isPossible = index > lastIndex + 1
                && index <= lastIndex + 1 + ((offset - bad) / RecordFormat.SmallestBytes)
                && offset + size <= bytes.Length - TailMark.SizeInBytes
                && RecordFormat.KindAndFlagsAt(in record) is not 0 and <= byte.MaxValue;
            if (!isPossible || hashed + size > (MostHashed * (long)(offset - bad)) + EntryBounds.LargestPayloadBytes)
            {
                continue;
            }

            hashed += size;
            loaded = Math.Max(loaded, copy.Load(offset - RecordFormat.ChainBytes, offset + (int)size));
            ReadOnlySpan<byte> chained = bytes.Slice(offset - RecordFormat.ChainBytes, RecordFormat.ChainBytes + (int)size);
            if (RecordFormat.ComputeChain(chained) == RecordFormat.ReadChain(chained))
            {
                return offset;
            }
        }

        index = lastIndex + 2;
        return bytes.Length;
    }
}
