using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>How the list of segments changes: by rolling, truncation, compaction and reset.</summary>
internal sealed partial class SegmentedLog
{
    /// <summary>Makes room for records of so many bytes, if need be by having a file ready for the next segment; waits for that file, but not on a disk that was full a moment
    /// ago.</summary>
    /// <param name="bytes">The size of the records.</param>
    /// <param name="behind">The index that they go behind: what is there already is truncated first, and what room that gives is not counted on.</param>
    /// <param name="full">What is full, if it is.</param>
    /// <param name="records">The records, if some may be larger than this node's own.</param>
    /// <returns>False if appending them would be a <see cref="LogFullException"/>.</returns>
    public bool TryMakeRoom(int bytes, long behind, [NotNullWhen(false)] out LogFullException? full, ReadOnlySpan<byte> records = default)
    {
        full = null;
        if (bytes <= _active.Room && (behind == _lastIndex || behind >= _active.FirstIndex))
        {
            return true;
        }

        ThrowIfFailed();
        try
        {
            RequireRoomFor(bytes, RecordFormat.LargestOf(records));
            return true;
        }
        catch (LogFullException e)
        {
            full = e;
            return false;
        }
        catch (StorageFailedException e)
        {
            throw _gate.Poison(e);
        }
    }

    /// <summary>Says whether records of so many bytes would find room. Waits for nothing: a file that is being made counts as made,
    /// unless the disk was full a moment ago.</summary>
    /// <param name="bytes">The size of the records, less than a segment.</param>
    /// <returns>True if there is room, most likely.</returns>
    public bool HasRoomAhead(int bytes) => bytes <= _active.Room
        || ((_options.MaxLogBytes == 0 || _segments.SizeBytes + _options.SegmentSizeBytes <= _options.MaxLogBytes) && _factory.IsReadySoon());

    /// <summary>Sees to it that <see cref="Reset"/> has a file for the new log's segment; waits for that file, but not on a disk that was full a moment ago.</summary>
    /// <returns>False if there is no room for one: <see cref="Reset"/> would be a <see cref="LogFullException"/>.</returns>
    public bool TryPrepareReset()
    {
        ThrowIfFailed();
        try
        {
            _factory.EnsureReady();
            return true;
        }
        catch (LogFullException)
        {
            return false;
        }
        catch (StorageFailedException e)
        {
            throw _gate.Poison(e);
        }
    }

    /// <summary>
    /// Removes the records from an index on (Raft §5.3, a conflicting suffix). When this returns they are gone for good, whatever happens to the machine, and what is
    /// left is durable. A crash in between leaves the log whole, with all, some or none of the suffix.
    /// </summary>
    public void TruncateFrom(long index)
    {
        ThrowIfFailed();
        if (index < FirstIndex || index > _lastIndex + 1)
        {
            throw new InvalidOperationException($"The log cannot be truncated from index {index}: it has {FirstIndex} to {_lastIndex}.");
        }

        if (index == _lastIndex + 1)
        {
            return;
        }

        Flush();
        try
        {
            _gate.FinishRoll(_segments);
            _background.Finish();

            // What readers go by first: should a step below fail, they see no record that may be gone.
            _epoch++;
            _terms.CutFrom(index);
            _lastIndex = _flushedIndex = index - 1;
            _durableIndex = Math.Min(_durableIndex, index - 1);
            while (index <= _active.FirstIndex && _segments.All.Length > 1)
            {
                RemoveActive();
            }

            if (index <= _active.LastIndex)
            {
                CutActive(index);
            }
        }
        catch (StorageFailedException e)
        {
            throw _gate.Poison(e);
        }

        _durableIndex = index - 1;
        _lastChain = _active.ChainBefore(index);
        _flushedEnd = _active.End;
    }

    /// <summary>
    /// Gives up the records up to an index, as far as whole segments hold nothing later: they are in a snapshot. By calling
    /// it the loop says of those segments what <see cref="ReleaseReads"/> says. The files go in the background, or become
    /// spare ones; a crash before leaves them to be removed when the log is opened, or the records in the log as if nothing
    /// had been asked.
    /// </summary>
    public void CompactTo(long index)
    {
        ThrowIfFailed();
        if (index < FirstIndex - 1 || index > _flushedIndex)
        {
            throw new InvalidOperationException($"The log cannot be compacted to index {index}: it has {FirstIndex} to {_lastIndex}, flushed to {_flushedIndex}.");
        }

        Segment[] all = _segments.All;
        int count = CountBehind(index);
        ReleaseReads(Math.Min(index, all[count].FirstIndex - 1));
        if (count != 0)
        {
            Segment[] removed = all[..count];
            Array.ForEach(removed, static segment => segment.IsGone = true);
            SegmentHeader first = all[count].Header;
            _segments.RemoveOldest(count);
            _terms.CutBefore(first.FirstIndex);
            _background.Run(() => Remove(removed, StartOf(first)));
        }
    }

    /// <summary>What <see cref="FirstIndex"/> will be once the log is compacted to an index.</summary>
    public long FirstIndexBehind(long index) => _segments.All[CountBehind(index)].FirstIndex;

    // How many segments hold nothing behind an index; never the newest, nor the one before while it is not sealed.
    private int CountBehind(long index)
    {
        Segment[] all = _segments.All;
        int count = 0;
        while (count < all.Length - 1 && all[count].LastIndex <= index && all[count + 1].IsInPlace)
        {
            count++;
        }

        return count;
    }

    /// <summary>
    /// Starts the log anew, empty, behind a snapshot. When this returns, the old log is gone for good; after a crash before, the log is either the old one, whole, or the new
    /// one. No other thread may be reading, and none may read an index below. A sync may come at any moment.
    /// </summary>
    /// <param name="index">The snapshot's last index: not before the log's beginning, for that is behind a later snapshot.</param>
    /// <param name="term">Its term.</param>
    /// <param name="chain">The chain value there.</param>
    /// <exception cref="LogFullException">There is no room for a segment. Nothing has been changed.</exception>
    public void Reset(long index, long term, ulong chain)
    {
        ThrowIfFailed();

        // Spare files hold whole records of indexes before the beginning; a log with those indexes ahead of it could take them for its own, and a torn write for damage.
        if (index < FirstIndex - 1 || term < 0)
        {
            throw new InvalidOperationException($"A log that begins at index {FirstIndex} cannot start anew behind index {index} of term {term}.");
        }

        try
        {
            _factory.EnsureReady();
            _gate.FinishRoll(_segments);
            _background.Finish();
            ThrowIfFailed();
            _epoch++;
            _group.Length = 0;
            Segment[] old = _segments.All;
            Segment next = _factory.Begin(NextHeader(index, term, chain, _factory.NextSize), NextMark(SegmentFormat.HeaderBytes, SegmentFormat.HeaderBytes));
            _isResetting = true;
            PutInPlaceOf(old, next);
            _segments.ReplaceAll(next);
            _isResetting = false; // release: the segments come first; pairs with the read in IsSealed
            _active = next;
            _terms.Reset(index, term);
            _lastIndex = _flushedIndex = _durableIndex = index;
            _lastChain = chain;
            _flushedEnd = next.End;
            foreach (Segment segment in old)
            {
                segment.IsGone = true;
                _gate.Dispose(segment);
            }
        }
        catch (StorageFailedException e)
        {
            throw _gate.Poison(e);
        }
    }

    // On disk only: who syncs meanwhile syncs a segment of the old log.
    private void PutInPlaceOf(Segment[] old, Segment next)
    {
        try
        {
            next.File.Sync();

            // From this write on the old segments, which are older than the beginning, are gone, and the new one, though it has no name, is the log.
            LogStartFile.Write(_directory, _logId, StartOf(next.Header));
            foreach (Segment segment in old)
            {
                DeleteFiles(segment);
            }

            _directory.Sync();
            next.PutInPlace(_directory);
        }
        catch
        {
            next.Dispose();
            throw;
        }
    }

    // The loop only writes: the group, and the new header into a prepared file. Syncing the full segment, giving the
    // new one its name, and sealing the full one is left to the
    // background or to the next sync, whichever comes first; until that is done nothing in the new segment becomes
    // durable. Only one roll may be under way: a second one waits for
    // the first.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Roll()
    {
        try
        {
            RequireRoom(_factory.NextSize);
            _factory.EnsureReady(_factory.NextSize);
            Flush();
            _gate.FinishRoll(_segments);
            SegmentHeader header = NextHeader(_lastIndex, _terms.LastTerm, _lastChain, _factory.NextSize);
            if (_active.LastIndex < _active.FirstIndex)
            {
                ReplaceActive(header);
                return;
            }

            Segment full = _active;
            full.Seal = TailMark.Seal(full.End, ++_markSequence);
            Segment next = _factory.Begin(header, NextMark(SegmentFormat.HeaderBytes, SegmentFormat.HeaderBytes));
            _segments.Add(next);
            _active = next;
            _flushedEnd = next.End;
            MakeTable(full);
        }
        catch (StorageFailedException e)
        {
            throw _gate.Poison(e);
        }
    }

    private void MakeTable(Segment full)
    {
        long[] terms = _terms.RunsOf(full.FirstIndex, full.LastIndex);
        _background.Run(() => FinishRoll(full, terms));
    }

    // In the background. The table saves the next opening the reading of the segment, and this process the memory for the offsets; it can do without.
    private void FinishRoll(Segment full, long[] terms)
    {
        try
        {
            _gate.FinishRoll(_segments);
            OffsetTable.Write(_directory, full, terms);
            if (OffsetTable.TryOpen(_directory, full.Header) is { } table)
            {
                full.OfferTable(table);
                _tabled.Enqueue(full);
            }
        }
        catch (StorageFailedException e) when (e.IsOutOfSpace)
        {
        }
    }

    // An empty segment of another size, from earlier options, has no room for the record: one with room takes its place under its name.
    private void ReplaceActive(in SegmentHeader header)
    {
        Segment replaced = _active;
        Segment next = _factory.Create(header, NextMark(SegmentFormat.HeaderBytes, SegmentFormat.HeaderBytes));
        _segments.ReplaceNewest(next);
        _active = next;
        _flushedEnd = next.End;
        _gate.Dispose(replaced);
    }

    // The newest first, each one's removal on disk before the next: a crash in between leaves no hole. Before it the
    // seal of the one before goes: it says that something follows.
    private void RemoveActive()
    {
        Segment removed = _active;
        _segments.RemoveNewest();
        _active = _segments.Newest;
        _active.OpenFile(_directory);
        WriteMark(_active.End);
        _gate.Sync(_segments);
        _directory.Delete(removed.Name);
        _directory.Sync();
        DeleteTable(_active);
        _active.Reopen();
        _gate.Dispose(removed);
    }

    // The records behind the cut are whole and continue the chain, so they must be destroyed before anything is acknowledged in their place. First the mark behind them goes:
    // torn in the middle of the next step, it would call the destroyed records damage. Then the new mark overwrites the first of them and zeros the others.
    private void CutActive(long index)
    {
        int oldEnd = _active.End;
        Span<byte> noMark = stackalloc byte[TailMark.SizeInBytes];
        noMark.Clear();
        _active.File.Write(noMark, oldEnd);
        _gate.Sync(_segments);
        _active.CutFrom(index);
        TailMark mark = NextMark(_active.End, DurableEnd);
        SegmentEraser.Erase(_active.File, _active.Header, mark, oldEnd + TailMark.SizeInBytes);
        _gate.Sync(_segments);
    }

    // In the background. What the log's beginning says counts, so the files may go in any order.
    private void Remove(Segment[] removed, LogStart start)
    {
        _gate.ThrowIfFailed(); // a beginning that could not be synced once must not seem to be the next time
        LogStartFile.Write(_directory, _logId, start);
        foreach (Segment segment in removed)
        {
            DeleteTable(segment);
            if (!_factory.TryRecycle(segment))
            {
                _directory.Delete(segment.Name);
                _gate.Dispose(segment);
            }
        }

        _directory.Sync();
    }

    private void DeleteFiles(Segment segment)
    {
        DeleteTable(segment);
        _directory.Delete(segment.Name);
    }

    private void DeleteTable(Segment segment)
    {
        if (segment.HasTable)
        {
            _directory.Delete(OffsetTable.NameOf(segment.FirstIndex));
        }
    }

    private static LogStart StartOf(in SegmentHeader header) => new(header.FirstIndex, header.PreviousTerm, header.ChainSeed, header.CreatedStamp);

    private SegmentHeader NextHeader(long index, long term, ulong chain, int size) =>
        new(index + 1, size, _logId, _options.StampAfter(_active.Header.CreatedStamp), term, chain);

    // Before anything is written.
    private void RequireRoom(long bytes)
    {
        long size = _segments.SizeBytes;
        if (_options.MaxLogBytes != 0 && size + bytes > _options.MaxLogBytes)
        {
            throw new LogFullException(
                _directory.Path, $"its segments take {size} bytes; another {bytes} would exceed {nameof(LogOptions.MaxLogBytes)}, {_options.MaxLogBytes}.");
        }
    }

    // A run is taken whole or not at all, as far as the bound goes: what a segment cannot use of its end is less than a record. With a record that is larger than this node's own,
    // it goes into one segment, which may have to be larger, too.
    private void RequireRoomFor(int bytes, int largestRecord)
    {
        if (largestRecord > _options.LargestRecordBytes)
        {
            int size = SegmentFormat.SizeFor(bytes, _options.SegmentSizeBytes);
            RequireRoom(size);
            _factory.EnsureReady(size);
            return;
        }

        int leastUsed = _options.SegmentSizeBytes - SegmentFormat.HeaderBytes - TailMark.SizeInBytes - _options.LargestRecordBytes;
        long segments = (bytes - Math.Max(0, _active.Room) + Math.Max(1, leastUsed) - 1) / Math.Max(1, leastUsed);
        RequireRoom(segments * _options.SegmentSizeBytes);
        _factory.EnsureReady();
    }
}
