using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// Opens a log: verifies the chain from the first segment's seed to the last record, finishes a roll that a crash has interrupted, cuts a torn tail, and refuses damage. Until
/// all of it has been verified, nothing is written.
/// </summary>
internal sealed class LogRecovery : IDisposable
{
    private readonly IStorageDirectory _directory;
    private readonly LogOptions _options;
    private readonly Guid _logId;
    private readonly List<Segment> _segments = [];
    private readonly List<long> _gone = []; // segments from before the log's beginning, whose files a crash has left
    private readonly TermIndex _terms;
    private readonly MappedSegments _mapped;
    private readonly LogStart _start;
    private readonly Lock _populating = new();
    private volatile Segment? _walked; // whose mapping a helper may fault in: the one that is being verified
    private long _lastIndex;
    private ulong _lastChain;

    private LogRecovery(IStorageDirectory directory, LogOptions options, Guid logId)
    {
        _directory = directory;
        _options = options;
        _logId = logId;
        _start = LogStartFile.Read(directory, logId, SegmentFormat.FirstChainSeed(options.ClusterId, options.GroupId));
        _mapped = new MappedSegments(directory);
        _terms = new TermIndex(_start.FirstIndex - 1, _start.PreviousTerm);
        _lastIndex = _start.FirstIndex - 1;
        _lastChain = _start.ChainSeed;
    }

    /// <summary>Verifies the segments of an existing log, oldest first, and makes the last one ready to go on; or makes the first segment of a new log.</summary>
    /// <exception cref="LogCorruptedException">Something that was on disk is not there, or not as it was.</exception>
    /// <exception cref="DataDirectoryException">A newer version wrote a segment.</exception>
    public static RecoveredLog Open(IStorageDirectory directory, LogOptions options, HardStateFile hardState, long[] firstIndexes, SegmentFactory factory)
    {
        using LogRecovery recovery = new(directory, options, hardState.Owner.LogId);
        try
        {
            // A node saves a term before it appends anything, so a directory without segments is one whose making a crash interrupted, or has lost them.
            bool isNew = hardState.IsNew && firstIndexes.Length == 0 && recovery._start.CreatedStamp == 0;
            RecoveredLog recovered = isNew ? recovery.Create(factory) : recovery.Recover(firstIndexes);
            hardState.MakeDurable(); // and not before: of a directory that is refused, nothing is changed
            return recovered;
        }
        catch
        {
            recovery.Dispose();
            recovery._segments.ForEach(static segment => segment.Dispose());
            throw;
        }
    }

    /// <summary>Ends what helps with the mappings; from here on they may be given back.</summary>
    public void Dispose()
    {
        // A helper that is at it is waited for; one that comes later finds nothing to do.
        lock (_populating)
        {
            _walked = null;
        }
    }

    /// <summary>The first indexes of the segments in a directory, ascending.</summary>
    public static long[] ListSegments(IStorageDirectory directory)
    {
        List<long> firstIndexes = [];
        foreach (string name in directory.List())
        {
            if (SegmentFormat.TryParseName(name, out long firstIndex))
            {
                firstIndexes.Add(firstIndex);
            }
        }

        firstIndexes.Sort();
        return [.. firstIndexes];
    }

    /// <summary>Reads and checks a segment's first page.</summary>
    public static SegmentHeader ReadHeader(IStorageFile file, string directory, string name, Guid logId)
    {
        byte[] page = new byte[SegmentFormat.HeaderBytes];
        int read = file.Read(page, 0);
        return SegmentFormat.Read(page.AsSpan(0, read), directory, name, file.Length, logId);
    }

    private RecoveredLog Create(SegmentFactory factory)
    {
        SegmentFactory.DeleteLeftOvers(_directory);
        LogStartFile.MakeWhole(_directory, _logId, _start);
        SegmentHeader header = new(1, _options.SegmentSizeBytes, _logId, _options.StampAfter(0), 0, _start.ChainSeed);
        TailMark mark = new(SegmentFormat.HeaderBytes, 1, SegmentFormat.HeaderBytes, SegmentedLog.UnsyncedBound(_options));
        return new RecoveredLog([factory.Create(header, mark)], _terms, _mapped, mark.Sequence, 0);
    }

    private RecoveredLog Recover(long[] allFirstIndexes)
    {
        long[] firstIndexes = Array.FindAll(allFirstIndexes, IsInLog);
        for (int i = 0; i < firstIndexes.Length - 1; i++)
        {
            _options.CancellationToken.ThrowIfCancellationRequested();
            string name = SegmentFormat.NameOf(firstIndexes[i]);
            IStorageFile file = _directory.Open(name);
            bool isTrusted = firstIndexes[i + 1] <= _options.VerifyFromIndex;
            bool isNextLast = i + 2 == firstIndexes.Length;
            if (!isTrusted || !TryTakeSealed(file, name, firstIndexes[i + 1], isNextLast))
            {
                WalkSealed(file, name).RequireSealed(firstIndexes[i + 1], isNextLast);
                AdoptTable(_segments[^1]);
            }

            _mapped.Trim(long.MaxValue);
        }

        SegmentTail tail = default;
        if (firstIndexes.Length != 0)
        {
            string last = SegmentFormat.NameOf(firstIndexes[^1]);
            tail = Walk(_directory.Open(last), last, last).JudgeTail();
        }

        long sequence = FindUnfinishedRoll() is { } unfinished ? FinishRoll(unfinished, ref tail) : MakeReady(tail);
        return new RecoveredLog(_segments, _terms, _mapped, sequence, tail.TornBytes);
    }

    private bool IsInLog(long firstIndex)
    {
        bool isInLog = _start.CreatedStamp == 0 || ReadHeader(firstIndex).CreatedStamp >= _start.CreatedStamp;
        if (!isInLog)
        {
            _gone.Add(firstIndex);
        }

        return isInLog;
    }

    // A sealed segment before the index to verify from is trusted if its header continues the log, its table is whole
    // and ends where the next segment begins, with that one's chain seed, and the seal stands there. Its records are
    // verified when the scrubber or the inspector reads them. Whatever is not so is decided by the records.
    private bool TryTakeSealed(IStorageFile file, string name, long nextFirstIndex, bool isNextLast)
    {
        SegmentHeader header = ReadHeaderOrClose(file, name);
        SegmentHeader next = ReadHeader(nextFirstIndex);
        OffsetTable? table = OffsetTable.TryOpen(_directory, header);
        if (table is null || header.FirstIndex + table.Records != next.FirstIndex || table.LastChain != next.ChainSeed)
        {
            table?.Dispose();
            return false;
        }

        Segment segment = new(file.Map(header.FileSize), name, header, table);
        file.Dispose();
        _segments.Add(segment);
        segment.LetRest(_mapped);
        SegmentFormat.RequireContinues(name, header, _lastIndex, _terms.LastTerm, _lastChain);
        table.AddTermsTo(_terms);
        _lastIndex = segment.LastIndex;
        _lastChain = table.LastChain;
        if (!isNextLast)
        {
            SegmentScanner.RequireSealed(segment.Bytes(0, segment.Size), name, header, segment.End, nextFirstIndex);
        }

        return true;
    }

    // The table that agrees with the records need not be made again, and holds the offsets instead of this process's memory.
    private void AdoptTable(Segment segment)
    {
        if (OffsetTable.TryOpen(_directory, segment.Header) is not { } table)
        {
            return;
        }

        if (table.Describes(segment))
        {
            segment.OfferTable(table);
            segment.UseTable(_mapped);
        }
        else
        {
            table.Dispose();
        }
    }

    // The walk faults pages in at the pace at which it reads; a helper that does nothing else is three times as fast,
    // and has soon overtaken it. The walk does not wait for it to begin.
    private SegmentScanner WalkSealed(IStorageFile file, string name)
    {
        Segment segment = Open(file, name, name);
        _walked = segment;
        _ = Task.Factory.StartNew(() => Populate(segment), CancellationToken.None, TaskCreationOptions.None, _options.Scheduler);
        return Walk(segment, name);
    }

    private void Populate(Segment segment)
    {
        lock (_populating)
        {
            if (segment == _walked)
            {
                segment.Populate();
            }
        }
    }

    // Takes a segment in, and walks it to the first thing that is no record. The header must be right for the name that the segment has or should have.
    private SegmentScanner Walk(IStorageFile file, string name, string properName) => Walk(Open(file, name, properName), properName);

    private SegmentScanner Walk(Segment segment, string properName)
    {
        _segments.Add(segment);
        SegmentFormat.RequireContinues(properName, segment.Header, _lastIndex, _terms.LastTerm, _lastChain);
        SegmentScanner scanner = new(segment.Bytes(0, segment.Size), segment.Name, segment.Header);
        while (scanner.MoveNext())
        {
            _options.CancellationToken.ThrowIfCancellationRequested(); // next to a checksum it costs nothing
            segment.Add(scanner.End - scanner.Start);
            _terms.Add(scanner.LastIndex, scanner.LastTerm);
        }

        _lastIndex = scanner.LastIndex;
        _lastChain = scanner.LastChain;
        return scanner;
    }

    private Segment Open(IStorageFile file, string name, string properName)
    {
        SegmentHeader header = ReadHeaderOrClose(file, properName);
        return new Segment(file, file.Map(header.FileSize), name, header);
    }

    private SegmentHeader ReadHeaderOrClose(IStorageFile file, string name)
    {
        try
        {
            return ReadHeader(file, _directory.Path, name, _logId);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private SegmentHeader ReadHeader(long firstIndex)
    {
        string name = SegmentFormat.NameOf(firstIndex);
        using IStorageFile file = _directory.Open(name);
        return ReadHeader(file, _directory.Path, name, _logId);
    }

    // The process may have died between a roll's first write and the new segment's name. Records flushed to it may have been sent; the machine has kept them if it has
    // not died too. None of them was acknowledged, so the file is worth something only if it continues exactly what was found, and is younger.
    private string? FindUnfinishedRoll()
    {
        foreach (string name in _directory.List())
        {
            if (SegmentFactory.IsPrepared(name) && IsContinuation(name))
            {
                return name;
            }
        }

        return null;
    }

    private bool IsContinuation(string name)
    {
        LogStart next = new(_lastIndex + 1, _terms.LastTerm, _lastChain, _start.CreatedStamp);
        return _segments.Count == 0
            ? IsResetTo(_directory, name, _logId, next)
            : StampOfContinuation(_directory, name, _logId, next) > _segments[^1].Header.CreatedStamp;
    }

    /// <summary>True if a prepared file is the log that begins there: a reset was interrupted before it had its
    /// name.</summary>
    public static bool IsResetTo(IStorageDirectory directory, string name, Guid logId, LogStart start) =>
        start.CreatedStamp != 0 && StampOfContinuation(directory, name, logId, start) == start.CreatedStamp;

    private static long StampOfContinuation(IStorageDirectory directory, string name, Guid logId, LogStart next)
    {
        using IStorageFile? file = directory.OpenForReading(name);
        if (file is null)
        {
            return -1;
        }

        try
        {
            string properName = SegmentFormat.NameOf(next.FirstIndex);
            SegmentHeader header = ReadHeader(file, directory.Path, properName, logId);
            SegmentFormat.RequireContinues(properName, header, next.FirstIndex - 1, next.PreviousTerm, next.ChainSeed);
            return header.CreatedStamp;
        }
        catch (Exception e) when (e is LogCorruptedException or DataDirectoryException)
        {
            return -1; // zeros, a header that is not all there, or one of another place in the log
        }
    }

    private long FinishRoll(string name, ref SegmentTail tail)
    {
        Segment? full = _segments.Count == 0 ? null : _segments[^1]; // none if it is a reset that was interrupted
        SegmentTail fullsTail = tail;
        tail = Walk(_directory.Open(name), name, SegmentFormat.NameOf(_lastIndex + 1)).JudgeTail();
        long sequence = Math.Max(fullsTail.NewestMark.Sequence, tail.NewestMark.Sequence) + 1;
        DeleteGone();
        if (full is not null)
        {
            EndAtMark(full, sequence, fullsTail);
        }

        if (_segments.Count > 2)
        {
            _directory.Sync();
            Seal(_segments[^3], sequence); // as long as it is the last but one of those that have their names: a seal that is torn there is no damage
        }

        MakeDurable(_segments[^1], tail);
        _segments[^1].PutInPlace(_directory);
        return MakeReady(tail with { NewestMark = tail.NewestMark with { Sequence = sequence } });
    }

    private void DeleteGone()
    {
        LogStartFile.MakeWhole(_directory, _logId, _start);
        foreach (long firstIndex in _gone)
        {
            _directory.Delete(SegmentFormat.NameOf(firstIndex));
        }

        _gone.Clear();
    }

    // The process may have died, and not the machine: what was read may be in the page cache only. So all of it is made durable before a mark calls it synced,
    // and so are the directory's entries.
    private long MakeReady(SegmentTail tail)
    {
        if (_segments.Count == 0)
        {
            throw LogCorruptedException.Missing(SegmentFormat.NameOf(_start.FirstIndex));
        }

        DeleteGone();
        SegmentFactory.DeleteLeftOvers(_directory);
        DeleteStrayTables();
        _directory.Sync();
        long sequence = tail.NewestMark.Sequence + 1;
        EndAtMark(_segments[^1], sequence, tail);
        if (_segments.Count > 1)
        {
            Seal(_segments[^2], sequence);
        }

        return sequence;
    }

    // The crash may have come before the last seal, or its sync may have failed.
    private void Seal(Segment segment, long sequence)
    {
        using IStorageFile file = _directory.Open(segment.Name);
        segment.Seal = TailMark.Seal(segment.End, sequence);
        segment.WriteSeal(file);
        file.Sync();
    }

    // Tables of segments that are gone, or that are not sealed any more.
    private void DeleteStrayTables()
    {
        HashSet<string> known = [];
        foreach (Segment segment in _segments[..^1])
        {
            known.Add(OffsetTable.NameOf(segment.FirstIndex));
        }

        foreach (string name in _directory.List())
        {
            if (OffsetTable.IsTable(name) && !known.Contains(name))
            {
                _directory.Delete(name);
            }
        }
    }

    private void EndAtMark(Segment segment, long sequence, in SegmentTail tail)
    {
        MakeDurable(segment, tail);
        TailMark mark = new(segment.End, sequence, segment.End, SegmentedLog.UnsyncedBound(_options));
        SegmentEraser.Erase(segment.File, segment.Header, mark, tail.LastWritten);
        segment.File.Sync();
    }

    // What no mark says to be synced may have gone through a sync that failed. The first mark that says so of any record says so of the header.
    private static void MakeDurable(Segment segment, in SegmentTail tail)
    {
        long synced = tail.NewestMark.SyncedThrough;
        StorageRepair.Rewrite(segment.File, synced > SegmentFormat.HeaderBytes ? synced : 0, segment.End);
        segment.File.Sync();
    }
}
