using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace RaftEngine.Log;

/// <summary>
/// Walks the chain of one segment from its header to the first thing that does not continue it, and then says what that is: the log's end, a torn tail, or damage.
/// Opening a log and inspecting one use this same walk, so they say the same words.
/// </summary>
internal ref struct SegmentScanner
{
    private const int PrefetchDistanceBytes = 4096;
    private const int LargestPrefetchBytes = 1024;

    private readonly ReadOnlySpan<byte> _segment;
    private readonly SegmentCopy? _copy; // what has the segment read as far as it is needed; null if all of it is there
    private readonly string _name;
    private readonly SegmentHeader _header;
    private int _loaded; // what is before this, from the last record on, is there
    private uint _payloadLength;
    private byte _kind;
    private string _fault;
    private ulong _expected;
    private ulong _actual;

    /// <summary>A walk over a segment's bytes.</summary>
    /// <param name="segment">The whole file.</param>
    /// <param name="name">Its name.</param>
    /// <param name="header">Its checked header.</param>
    public SegmentScanner(ReadOnlySpan<byte> segment, string name, in SegmentHeader header)
    {
        _segment = segment;
        _loaded = segment.Length;
        _name = name;
        _header = header;
        _fault = string.Empty;
        End = SegmentFormat.HeaderBytes;
        LastIndex = header.FirstIndex - 1;
        LastTerm = header.PreviousTerm;
        LastChain = header.ChainSeed;
    }

    /// <summary>A walk over a segment of which no more is read than is needed.</summary>
    public SegmentScanner(SegmentCopy copy, string name, in SegmentHeader header)
        : this(copy.Bytes, name, header)
    {
        _copy = copy;
        _loaded = copy.Load(End - RecordFormat.ChainBytes, End);
    }

    /// <summary>The same, from behind a record that is trusted.</summary>
    /// <param name="copy">The whole file.</param>
    /// <param name="name">Its name.</param>
    /// <param name="header">Its checked header.</param>
    /// <param name="end">Where that record ends.</param>
    /// <param name="lastIndex">Its index.</param>
    public SegmentScanner(SegmentCopy copy, string name, in SegmentHeader header, int end, long lastIndex)
        : this(copy.Bytes, name, header)
    {
        _copy = copy;
        _loaded = copy.Load(end - RecordFormat.ChainBytes, end);
        End = end;
        LastIndex = lastIndex;
        LastChain = RecordFormat.ReadChain(_segment[..end]);
    }

    /// <summary>Where the last record found starts.</summary>
    public int Start { get; private set; }

    /// <summary>Where it ends: where the next one would start.</summary>
    public int End { get; private set; }

    /// <summary>The index of the last record found; before the first, the one before the segment.</summary>
    public long LastIndex { get; private set; }

    /// <summary>Its term.</summary>
    public long LastTerm { get; private set; }

    /// <summary>Its CRC.</summary>
    public ulong LastChain { get; private set; }

    /// <summary>How many bytes were hashed, or looked at one by one: the measure of what a walk costs. Linear in the
    /// segment, whatever is in it.</summary>
    public long WorkBytes { get; private set; }

    /// <summary>The last record found, as it was when it was found: a live log may change under the walk.</summary>
    public readonly LogRecord Current => new()
    {
        Index = LastIndex,
        Term = LastTerm,
        Kind = (Protocol.EntryKind)_kind,
        Payload = _segment.Slice(Start + RecordFormat.HeaderBytes, (int)_payloadLength),
        Chain = LastChain,
    };

    /// <summary>Steps to the next record; false at the first thing that is none.</summary>
    /// <exception cref="LogCorruptedException">The file has become shorter.</exception>
    public bool MoveNext()
    {
        int offset = End;
        int room = _segment.Length - TailMark.SizeInBytes - offset; // the mark has its place behind every record
        if (room < RecordFormat.SmallestBytes)
        {
            return Fault("record, at the segment's end", RecordFormat.SmallestBytes, (ulong)Math.Max(0, room));
        }

        Need(offset + RecordFormat.SmallestBytes);
        ref readonly byte record = ref _segment[offset];
        uint length = RecordFormat.PayloadLengthAt(in record);
        long size = RecordFormat.SizeOf(length);
        if (size > room)
        {
            return Fault("record length, at most", (ulong)(room - RecordFormat.SmallestBytes), length);
        }

        Need(offset + (int)size);
        PrefetchBehind(in record, size);
        long index = RecordFormat.IndexAt(in record);
        if (index != LastIndex + 1)
        {
            return Fault("record index", (ulong)(LastIndex + 1), (ulong)index);
        }

        ReadOnlySpan<byte> chained = _segment.Slice(offset - RecordFormat.ChainBytes, RecordFormat.ChainBytes + (int)size);
        WorkBytes += chained.Length;
        ulong expected = RecordFormat.ComputeChain(chained);
        ulong actual = RecordFormat.ReadChain(chained);
        if (expected != actual)
        {
            return Fault("record checksum", expected, actual);
        }

        long term = RecordFormat.TermAt(in record);
        uint kindAndFlags = RecordFormat.KindAndFlagsAt(in record);
        if (kindAndFlags is 0 or > byte.MaxValue)
        {
            return Fault("record kind and flags", 1, kindAndFlags);
        }

        if (term < LastTerm)
        {
            return Fault("record term, at least", (ulong)LastTerm, (ulong)term);
        }

        _payloadLength = length;
        _kind = (byte)kindAndFlags;
        Start = offset;
        End = offset + (int)size;
        LastIndex = index;
        LastTerm = term;
        LastChain = actual;
        return true;
    }

    /// <summary>Checks, once the walk has ended, that a segment which another one follows ends where it should:
    /// behind the record before the next segment's first, at a
    /// mark that vouches for all of it.</summary>
    /// <param name="nextFirstIndex">The first index of the segment after it.</param>
    /// <param name="isNextLast">True if the next one is the last: the crash may have come before the mark.</param>
    /// <exception cref="LogCorruptedException">It does not.</exception>
    public readonly void RequireSealed(long nextFirstIndex, bool isNextLast)
    {
        if (LastIndex + 1 < nextFirstIndex)
        {
            bool isSealed = TailMark.TryRead(_segment, End, _header.CreatedStamp, out TailMark mark)
                && mark.SyncedThrough == End;
            throw isSealed ? LogCorruptedException.Missing(SegmentFormat.NameOf(LastIndex + 1), LastIndex + 1)
                : Corrupted();
        }

        if (!isNextLast)
        {
            _copy?.Load(End, End + TailMark.SizeInBytes);
            RequireSealed(_segment, _name, _header, End, nextFirstIndex);
        }
    }

    /// <summary>Checks that the mark behind a sealed segment's last record is there and vouches for all of it.</summary>
    /// <exception cref="LogCorruptedException">It is not, or does not.</exception>
    public static void RequireSealed(ReadOnlySpan<byte> segment, string name, in SegmentHeader header, int end, long nextFirstIndex)
    {
        if (!TailMark.TryRead(segment, end, header.CreatedStamp, out TailMark mark) || mark.SyncedThrough != end)
        {
            throw new LogCorruptedException(name, end, nextFirstIndex, "final tail mark's synced-through offset", (ulong)end, (ulong)mark.SyncedThrough);
        }
    }

    /// <summary>Judges, once the walk has ended, what is behind the last record of a log's last segment.</summary>
    /// <remarks>Only marks are evidence: they alone carry the stamp of this life of the file. Whatever else looks
    /// like a part of the log may be what an earlier life has left, or
    /// what a client has stored.</remarks>
    /// <param name="isAlone">True for a segment that is looked at by itself: what follows a sealed one is elsewhere.</param>
    /// <returns>What is to be cut.</returns>
    /// <exception cref="LogCorruptedException">The first bad record was on disk: a mark says so. Or the segment is
    /// sealed: what followed it is missing.</exception>
    public SegmentTail JudgeTail(bool isAlone = false)
    {
        _copy?.Load(End, End + TailMark.SizeInBytes);
        if (TailMark.TryRead(_segment, End, _header.CreatedStamp, out TailMark last) && last.IsSeal)
        {
            return isAlone ? new SegmentTail(last, 0, End + TailMark.SizeInBytes)
                : throw LogCorruptedException.Missing(SegmentFormat.NameOf(LastIndex + 1), LastIndex + 1);
        }

        if (last.Sequence != 0 && IsNothingBehind(last))
        {
            return new SegmentTail(last, 0, End + TailMark.SizeInBytes);
        }

        TailMark newest = default;
        _copy?.Load(End, _segment.Length);
        int lastWritten = End + _segment[End..].LastIndexOfAnyExcept((byte)0) + 1;
        int lastMark = Math.Min(lastWritten, _segment.Length - TailMark.SizeInBytes);
        for (int offset = End; offset <= lastMark; offset += 8)
        {
            if (!TailMark.MayStandAt(_segment, offset))
            {
                continue;
            }

            WorkBytes += TailMark.SizeInBytes;
            if (TailMark.TryRead(_segment, offset, _header.CreatedStamp, out TailMark mark) && mark.Sequence > newest.Sequence)
            {
                newest = mark;
            }
        }

        if (newest.SyncedThrough > End)
        {
            throw Corrupted();
        }

        return new SegmentTail(newest, newest.Offset == End ? 0 : lastWritten - End, Math.Max(lastWritten, End));
    }

    // While a mark stands, nothing can have been written further behind it than its bound: more would have waited for a sync, which would have put others in the mark's
    // place for good. So zeros as far as that are the end, and the rest of a segment that is mostly empty need not be read.
    private readonly bool IsNothingBehind(in TailMark mark)
    {
        long behind = mark.Offset + TailMark.SizeInBytes;
        long end = Math.Min(_segment.Length, behind + mark.UnsyncedBound + TailMark.SizeInBytes);
        _copy?.Load((int)behind, (int)end);
        return mark.UnsyncedBound != 0 && !_segment[(int)behind..(int)end].ContainsAnyExcept((byte)0);
    }

    // Small records are verified faster than memory brings them, because the processor by itself does not look ahead past the end of a page. So it is asked to; a request for what
    // lies behind the segment has no effect. Large records are long enough for it to find its pace in each page.
    private static unsafe void PrefetchBehind(ref readonly byte record, long size)
    {
        if (Sse.IsSupported && size <= LargestPrefetchBytes)
        {
            byte* ahead = (byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in record)) + PrefetchDistanceBytes;
            for (long line = 0; line < size; line += 64)
            {
                Sse.Prefetch0(ahead + line);
            }
        }
    }

    private void Need(int end)
    {
        if (end > _loaded)
        {
            _loaded = _copy!.Load(End - RecordFormat.ChainBytes, end);
        }
    }

    /// <summary>What is wrong with the thing at which the walk has ended.</summary>
    public readonly LogCorruptedException Corrupted() => new(_name, End, LastIndex + 1, _fault, _expected, _actual);

    private bool Fault(string what, ulong expected, ulong actual)
    {
        _fault = what;
        _expected = expected;
        _actual = actual;
        return false;
    }
}
