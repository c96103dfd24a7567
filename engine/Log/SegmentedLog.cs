using System;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RaftEngine.Protocol;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// The log: records chained by checksum in segment files. Appending encodes into a group in memory; <see cref="Flush"/> writes the group, with the tail mark behind it,
/// in one write; a sync makes it durable.
/// </summary>
/// <remarks>
/// Threads: the loop calls everything. <see cref="Sync"/> may run on a sync thread meanwhile. <see cref="Read"/>, <see cref="RunBytes"/> and <see cref="ChainAt"/> may be called by
/// another thread for indexes that the loop has flushed, will not truncate, and has published with a release that the thread acquired: the commit index.
/// A failed write, sync, create, rename or delete poisons the log: reading goes on, everything else throws <see cref="StorageFailedException"/> until it is reopened.
/// </remarks>
internal sealed partial class SegmentedLog : IDisposable
{
    private const int LargestGroupBytes = 8 << 20;

    private readonly IStorageDirectory _directory;
    private readonly LogOptions _options;
    private readonly Guid _logId;
    private readonly SegmentFactory _factory;
    private readonly BackgroundWork _background;
    private readonly GroupBuffer _group;
    private readonly TermIndex _terms;
    private readonly SyncGate _gate;
    private readonly SegmentList _segments;
    private readonly MappedSegments _mapped;

    private readonly ConcurrentQueue<Segment> _tabled = new(); // segments that a table is offered to

    // The loop's own.
    private Segment _active;
    private long _lastIndex;
    private ulong _lastChain;
    private long _flushedIndex;
    private int _flushedEnd; // in the active segment: where the group in memory will be written
    private long _durableIndex;
    private long _markSequence;
    private long _markClaim;
    private long _epoch;
    private uint _unsyncedBound;
    private bool _isClosed;
    private volatile bool _isResetting; // written by the loop; a reader that misses a file deleted while it was true sees it true, or sees the segments that came after

    /// <summary>Takes over what recovery found, all of it on disk.</summary>
    public SegmentedLog(IStorageDirectory directory, LogOptions options, Guid logId, SegmentFactory factory, RecoveredLog recovered)
    {
        _directory = directory;
        _options = options;
        _logId = logId;
        _factory = factory;
        _gate = new SyncGate(directory);
        _background = new BackgroundWork(options.Scheduler, Poison); // the next use of the log throws what a job has thrown
        _segments = new SegmentList(recovered.Segments);
        _mapped = recovered.Mapped;
        _active = _segments.Newest;
        _terms = recovered.Terms;
        _lastIndex = _flushedIndex = _durableIndex = _active.LastIndex;
        _lastChain = _active.ChainBefore(_lastIndex + 1);
        _flushedEnd = _active.End;
        _markSequence = recovered.MarkSequence;
        _markClaim = _flushedEnd;
        TornTailBytes = recovered.TornTailBytes;
        _unsyncedBound = UnsyncedBound(options);
        int largest = Math.Max(Math.Min(LargestGroupBytes, options.SegmentSizeBytes), options.LargestRecordBytes);
        _group = new GroupBuffer(_unsyncedBound == 0 ? largest : (int)Math.Min((uint)largest, _unsyncedBound));
        foreach (Segment segment in _segments.All.AsSpan()[..^1])
        {
            if (!segment.HasTable)
            {
                MakeTable(segment);
            }
        }
    }

    /// <summary>The first index still in the log; one more than <see cref="LastIndex"/> if it is empty.</summary>
    public long FirstIndex => _segments.All[0].FirstIndex;

    /// <summary>The last index appended, flushed or not.</summary>
    public long LastIndex => _lastIndex;

    /// <summary>The last index known to be on disk.</summary>
    public long DurableIndex => _durableIndex;

    /// <summary>How many bytes its segment files take.</summary>
    public long SizeBytes => _segments.SizeBytes;

    /// <summary>How many syncs of the log's files have returned since it was opened.</summary>
    public long SyncCount => _gate.SyncCount;

    /// <summary>Where it lies.</summary>
    public IStorageDirectory Directory => _directory;

    /// <summary>Whose it is.</summary>
    public Guid LogId => _logId;

    /// <summary>How many bytes of a write that never finished were cut off when the log was opened. In a recycled file, what its earlier life had left behind
    /// them counts too.</summary>
    public long TornTailBytes { get; }

    /// <summary>The bound that a log's marks carry.</summary>
    public static uint UnsyncedBound(LogOptions options) =>
        options.MaxUnsyncedBytes == 0 ? 0 : (uint)Math.Max(options.MaxUnsyncedBytes, options.LargestRecordBytes);

    /// <summary>The term at an index from <see cref="FirstIndex"/> − 1 to <see cref="LastIndex"/>; 0 at index 0.</summary>
    public long TermAt(long index)
    {
        RequireIndex(index, FirstIndex - 1);
        return _terms.TermAt(index);
    }

    /// <summary>The chain value at an index from <see cref="FirstIndex"/> − 1 to <see cref="LastIndex"/>: the fingerprint of the log up to there. At index 0 the cluster's
    /// and group's seed.</summary>
    public ulong ChainAt(long index)
    {
        // A record's chain value stands right before the next record, if that is in the same segment; so look for the segment of the index itself, and the end of its record there.
        Segment segment = _segments.Find(index);

        // Another thread reads a flushed index that was at least this high before the index was published to it, so it never takes the branch.
        if (index > _flushedIndex)
        {
            RequireIndex(index, FirstIndex - 1);
            return _group.ChainBefore(segment.StartOf(index + 1) - _flushedEnd);
        }

        if (index < segment.FirstIndex - 1)
        {
            ThrowNotReadable(index, index);
        }

        return segment.ChainBefore(index + 1);
    }

    /// <summary>The longest run of records from an index on that one message may carry: of one term, in one segment, at most so many bytes, but at least one record.</summary>
    public LogRun RunFrom(long firstIndex, int maxBytes)
    {
        RequireIndex(firstIndex, FirstIndex);
        Segment segment = _segments.Find(firstIndex);
        long low = firstIndex;
        long high = _terms.EndOfTerm(firstIndex, segment.LastIndex);
        int start = segment.StartOf(firstIndex);
        while (low < high)
        {
            long middle = low + ((high - low + 1) / 2);
            if (segment.StartOf(middle + 1) - start <= maxBytes)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return new LogRun(low, _terms.TermAt(firstIndex), segment.StartOf(low + 1) - start);
    }

    /// <summary>The size of the records from an index on, in bytes; of those still in the log.</summary>
    public long BytesFrom(long index)
    {
        long bytes = 0;
        ReadOnlySpan<Segment> all = _segments.All;
        for (int i = all.Length - 1; i >= 0 && all[i].LastIndex >= index; i--)
        {
            bytes += all[i].End - (index <= all[i].FirstIndex ? SegmentFormat.HeaderBytes : all[i].StartOf(index));
        }

        return bytes;
    }

    /// <summary>The last index such that the records behind it, in whole segments, take at least so many bytes; one before the first if there is none.</summary>
    public long LastIndexBehind(long bytes)
    {
        ReadOnlySpan<Segment> all = _segments.All;
        int i = all.Length - 1;
        for (; i > 0 && bytes > 0; i--)
        {
            bytes -= all[i].End - SegmentFormat.HeaderBytes;
        }

        return bytes > 0 ? FirstIndex - 1 : all[i].LastIndex;
    }

    /// <summary>The bytes of a run, as they stand in the mapped file. They must have been flushed, and be in one segment.</summary>
    public ReadOnlySpan<byte> RunBytes(long firstIndex, long lastIndex)
    {
        Segment segment = FindFlushed(firstIndex, lastIndex);
        return segment.Records(firstIndex, lastIndex);
    }

    /// <summary>A record in place. It must have been flushed.</summary>
    public LogRecord Read(long index) => RecordFormat.Read(RunBytes(index, index));

    /// <summary>Appends an entry to the group in memory.</summary>
    /// <returns>Its index.</returns>
    /// <exception cref="LogFullException">It needs a new segment, and there is no room for one. Nothing was appended; the log is as it was.</exception>
    public long Append(EntryKind kind, long term, ReadOnlySpan<byte> payload)
    {
        ThrowIfFailed();
        if (kind == EntryKind.None || term < _terms.LastTerm || payload.Length > _options.MaxPayloadBytes)
        {
            ThrowBadAppend(kind, term, payload.Length);
        }

        int size = (int)RecordFormat.SizeOf((uint)payload.Length);
        Reserve(size);
        Span<byte> space = _group.ChainAndNext(size);
        MemoryMarshal.Write(space, _lastChain);
        ulong chain = RecordFormat.Write(space, kind, _lastIndex + 1, term, payload);
        Took(size, term, chain);
        return _lastIndex;
    }

    /// <summary>Appends records as another replica's log has them, already verified against this log's chain value before them.</summary>
    /// <exception cref="LogFullException">They need a new segment, and there is no room for one. Nothing was appended, unless the disk filled up after the first of several new
    /// segments; the log is whole.</exception>
    public void AppendRun(long firstIndex, long lastIndex, long term, ReadOnlySpan<byte> records)
    {
        ThrowIfFailed();
        if (firstIndex != _lastIndex + 1 || lastIndex < firstIndex || term < _terms.LastTerm)
        {
            ThrowBadRun(firstIndex, lastIndex, term);
        }

        // The run proves itself; that it continues this log is proved by one more checksum, of its first record.
        if (!RunVerifier.TryMeasure(records, firstIndex, term, EntryBounds.LargestPayloadBytes, out int size) || !RunVerifier.Continues(records[..size], _lastChain))
        {
            ThrowBadRun(firstIndex, lastIndex, term);
        }

        if (records.Length > _active.Room)
        {
            RequireRoomFor(records.Length, RecordFormat.LargestOf(records));
        }

        if (records.Length > _unsyncedBound && _unsyncedBound != 0)
        {
            RaiseUnsyncedBound((uint)RecordFormat.LargestOf(records));
        }

        while (true)
        {
            Reserve(size);
            Span<byte> space = _group.ChainAndNext(size);
            MemoryMarshal.Write(space, _lastChain);
            records[..size].CopyTo(space[RecordFormat.ChainBytes..]);
            Took(size, term, RecordFormat.ReadChain(space));
            records = records[size..];
            if (_lastIndex == lastIndex && records.IsEmpty)
            {
                return;
            }

            if (_lastIndex == lastIndex || !RunVerifier.TryMeasure(records, _lastIndex + 1, term, EntryBounds.LargestPayloadBytes, out size))
            {
                ThrowBadRun(firstIndex, lastIndex, term);
            }
        }
    }

    /// <summary>Writes the group and the tail mark in one write. The records are then readable, and durable once synced.</summary>
    public void Flush()
    {
        ThrowIfFailed();
        if (_group.Length == 0)
        {
            return;
        }

        try
        {
            if (_unsyncedBound != 0 && _active.End - DurableEnd > _unsyncedBound)
            {
                SyncFlushed();
            }

            WriteGroup();
        }
        catch (StorageFailedException e)
        {
            throw _gate.Poison(e);
        }
    }

    /// <summary>Notes what a sync that starts now will make durable.</summary>
    public SyncTicket PrepareSync()
    {
        ThrowIfFailed();
        return new SyncTicket(_epoch, _flushedIndex);
    }

    /// <summary>Syncs what had been flushed when the ticket was prepared, and maybe more; on any thread, while the loop goes on.</summary>
    public void Sync(SyncTicket ticket)
    {
        // If the loop has rolled since, this finishes the roll, with a sync of the full segment, and syncs the new one early. If it has truncated, the ticket will count
        // for nothing.
        _ = ticket;
        ObjectDisposedException.ThrowIf(_isClosed, this);
        _gate.Sync(_segments);
    }

    /// <summary>Takes note, on the loop, that a ticket's sync has returned.</summary>
    public void CompleteSync(SyncTicket ticket)
    {
        ThrowIfFailed();
        if (ticket.Epoch == _epoch)
        {
            _durableIndex = Math.Max(_durableIndex, ticket.LastIndex);
        }
    }

    /// <summary>Once the log is idle: has the mark behind the last record say that all of it is on disk. Not synced itself: it is a witness, not a promise.</summary>
    public void WriteIdleMark()
    {
        ThrowIfFailed();
        if (_group.Length == 0 && _markClaim != DurableEnd)
        {
            try
            {
                WriteMark(DurableEnd);
            }
            catch (StorageFailedException e)
            {
                throw _gate.Poison(e);
            }
        }
    }

    /// <summary>The loop announces that no other thread reads records up to an index now, and that those who will have seen this call: the applied index, when applying is
    /// all that other threads do. Sealed segments up to there go over to their tables of offsets, the memory is given
    /// back, and only so many stay mapped.</summary>
    public void ReleaseReads(long throughIndex)
    {
        while (_tabled.TryPeek(out Segment? segment) && segment.LastIndex <= throughIndex && _tabled.TryDequeue(out segment))
        {
            // One that has been compacted belongs to the background.
            if (segment.FirstIndex >= FirstIndex)
            {
                segment.UseTable(_mapped);
            }
        }

        _mapped.Trim(throughIndex);
    }

    /// <summary>The first sealed segment that begins at or behind an index; null if there is none. Any thread.</summary>
    public SealedSegment? FindSealed(long fromIndex)
    {
        Segment[] all = _segments.All;
        for (int i = 0; i < all.Length - 1; i++)
        {
            if (all[i].FirstIndex >= fromIndex && all[i + 1].IsInPlace)
            {
                return new SealedSegment(SegmentFormat.NameOf(all[i].FirstIndex), all[i].Header, all[i + 1].Header);
            }
        }

        return null;
    }

    /// <summary>True if a segment is still the log's, and still sealed. Any thread.</summary>
    public bool IsSealed(SealedSegment segment) => !_isResetting && FindSealed(segment.Header.FirstIndex) == segment;

    /// <summary>Closes the log: everything appended is on disk, and a mark says so.</summary>
    public void Dispose()
    {
        if (_isClosed)
        {
            return;
        }

        try
        {
            if (!_gate.HasFailed)
            {
                Flush();
                SyncFlushed();
                _background.Finish();
                WriteMark(_active.End);
                _gate.Sync(_segments);
            }
        }
        finally
        {
            Close();
        }

        if (!_gate.HasFailed)
        {
            SegmentFactory.DeleteLeftOvers(_directory);
        }
    }

    /// <summary>Closes the files as they are, as if the process had died.</summary>
    public void Abandon()
    {
        if (!_isClosed)
        {
            Close();
        }
    }

    // Where what is known to be on disk ends in the active segment.
    private int DurableEnd => _durableIndex < _active.FirstIndex ? SegmentFormat.HeaderBytes : _active.StartOf(_durableIndex + 1);

    private Segment FindFlushed(long firstIndex, long lastIndex)
    {
        Segment segment = _segments.Find(firstIndex);

        // Another thread sees at least the values from before the index was published to it.
        if (firstIndex < segment.FirstIndex || lastIndex < firstIndex || lastIndex > _flushedIndex || _segments.Find(lastIndex) != segment)
        {
            ThrowNotReadable(firstIndex, lastIndex);
        }

        return segment;
    }

    private void Reserve(int size)
    {
        if (size > _active.Room)
        {
            Roll();
        }

        if (size > _group.Capacity - _group.Length)
        {
            Flush();
            if (size > _group.Capacity)
            {
                _group.Grow(size);
            }
        }
    }

    // A record that is larger than what may be unsynced: a mark that says so is on disk before it, so that recovery does not take it for damage if its write is torn.
    private void RaiseUnsyncedBound(uint largestRecord)
    {
        if (largestRecord <= _unsyncedBound)
        {
            return;
        }

        Flush();
        try
        {
            _unsyncedBound = largestRecord;
            SyncFlushed();
            WriteMark(DurableEnd);
            _gate.Sync(_segments);
        }
        catch (StorageFailedException e)
        {
            throw _gate.Poison(e);
        }
    }

    private void Took(int size, long term, ulong chain)
    {
        _active.Add(size);
        _group.Length += size;
        _lastIndex++;
        _lastChain = chain;
        _terms.Add(_lastIndex, term);
    }

    private void WriteGroup()
    {
        TailMark mark = NextMark(_active.End, DurableEnd);
        Span<byte> bytes = _group.RecordsAndMark;
        mark.Write(bytes[_group.Length..], _active.Header.CreatedStamp);
        _active.File.Write(bytes, _flushedEnd);
        _group.Length = 0;
        _flushedEnd = _active.End;
        _flushedIndex = _lastIndex;
        if (_active.End > _active.Size / 4 && (_options.MaxLogBytes == 0 || _segments.SizeBytes + _options.SegmentSizeBytes <= _options.MaxLogBytes))
        {
            _factory.BeginPreparing();
        }
    }

    private void WriteMark(long syncedThrough)
    {
        Span<byte> bytes = stackalloc byte[TailMark.SizeInBytes];
        NextMark(_active.End, syncedThrough).Write(bytes, _active.Header.CreatedStamp);
        _active.File.Write(bytes, _active.End);
    }

    private TailMark NextMark(long offset, long syncedThrough)
    {
        _markClaim = syncedThrough;
        return new TailMark(offset, ++_markSequence, syncedThrough, _unsyncedBound);
    }

    private void SyncFlushed()
    {
        _gate.Sync(_segments);
        _durableIndex = _flushedIndex;
    }

    private void Poison(Exception failure) =>
        _gate.Poison(failure as StorageFailedException ?? new StorageFailedException("background work", _directory.Path, failure));

    private void ThrowIfFailed()
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        _gate.ThrowIfFailed();
    }

    private void RequireIndex(long index, long least)
    {
        if (index < least || index > _lastIndex)
        {
            ThrowNotReadable(index, index);
        }
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ThrowNotReadable(long firstIndex, long lastIndex) =>
        throw new InvalidOperationException(
            $"Records {firstIndex} to {lastIndex} cannot be read: the log has {FirstIndex} to {_lastIndex}, flushed to {_flushedIndex}, and a run lies in one segment.");

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ThrowBadAppend(EntryKind kind, long term, int length) =>
        throw new InvalidOperationException(
            $"An entry of kind {kind}, term {term} and {length} bytes cannot follow term {_terms.LastTerm}; the largest payload is {_options.MaxPayloadBytes} bytes.");

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ThrowBadRun(long firstIndex, long lastIndex, long term) =>
        throw new InvalidOperationException(
            $"The bytes given as records {firstIndex} to {lastIndex} of term {term} do not continue this log, which ends at index {_lastIndex}, term {_terms.LastTerm}.");

    private void Close()
    {
        _isClosed = true;
        _background.Drop();
        _factory.Dispose();
        foreach (Segment segment in _segments.All)
        {
            _gate.Dispose(segment);
        }

        _group.Dispose();
    }
}
