using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using RaftEngine.Storage;

namespace RaftEngine.Pipeline;

/// <summary>
/// A bounded, lock-free queue of byte records: many producers, one consumer, one piece of pinned memory. Producers claim space with one compare-and-swap, copy, and
/// publish; the consumer reads in place, zeroes what it has read, and gives it back.
/// </summary>
/// <remarks>
/// A record, aligned to 16 bytes so that its header always fits before the end of the ring:
/// <code>
///     offset size
///          0    4  total length: header + payload, 0 until the record is published
///          4    4  tag
///          8    8  argument
///         16    n  payload
///          …    p  up to a multiple of 16
/// </code>
/// Invariant: every byte between tail and head + capacity is zero, so an unpublished length always reads as 0.
/// </remarks>
internal sealed unsafe class InboxRing
{
    private const int HeaderLength = 16;
    private const int Alignment = 16;

    /// <summary>How often the memory is looked at.</summary>
    private static readonly TimeSpan TrimInterval = TimeSpan.FromSeconds(2);

    // The garbage collector owns the memory, so that a producer that comes while the node stops never writes into freed memory.
    private readonly byte[] _array;
    private readonly byte* _memory;
    private readonly int _capacity;
    private readonly long _mask;

    private PaddedLong _tail;           // producers: the next position to claim
    private PaddedLong _releasedHead;   // written by the consumer, read by producers: everything before it is free again
    private PaddedLong _head;           // the consumer's own: the next record to read

    // The consumer's.
    private TimeSpan _trimDue;
    private long _trimmedFrom; // the head when the memory was last looked at

    /// <summary>A ring of so many bytes.</summary>
    /// <param name="capacityBytes">A power of two.</param>
    public InboxRing(int capacityBytes)
    {
        if (!int.IsPow2(capacityBytes))
        {
            throw new ArgumentOutOfRangeException(nameof(capacityBytes), capacityBytes, "must be a power of two");
        }

        _capacity = capacityBytes;
        _mask = capacityBytes - 1;
        _array = GC.AllocateArray<byte>(capacityBytes + Alignment, pinned: true);
        nint address = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_array));
        _memory = (byte*)((address + Alignment - 1) & -Alignment);
        GiveBack(_memory, capacityBytes); // the collector has touched every page to clear it
    }

    /// <summary>Where it is: for those who look at what the system keeps of it.</summary>
    internal (nint Address, int Length) Memory => ((nint)_memory, _capacity);

    /// <summary>The largest payload one record can have, in bytes: with it, and the padding that it may need, a record still fits an empty ring wherever that stands.</summary>
    public int MaxPayloadBytes => (_capacity / 2) - HeaderLength;

    /// <summary>True if nothing published waits. The consumer's, or a producer's guess.</summary>
    public bool IsEmpty => Volatile.Read(ref LengthAt(_head.Value)) == 0; // pairs with the release in TryWrite

    /// <summary>True if nothing waits, published or still being copied. The consumer's, or a producer's guess.</summary>
    public bool IsUnclaimed => Volatile.Read(ref _tail.Value) == _head.Value; // pairs with the exchange in TryClaim

    /// <summary>Adds a record whose payload is two pieces in a row. Any thread.</summary>
    /// <param name="tag">What it is.</param>
    /// <param name="argument">Its argument.</param>
    /// <param name="first">The payload's first piece.</param>
    /// <param name="second">The payload's second piece.</param>
    /// <returns>False if the ring is full.</returns>
    public bool TryWrite(RingTag tag, long argument, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second = default)
    {
        int length = checked(HeaderLength + first.Length + second.Length);
        if (length - HeaderLength > MaxPayloadBytes)
        {
            ThrowTooLarge(length - HeaderLength);
        }

        if (!TryClaim(length, out long position))
        {
            return false;
        }

        byte* record = _memory + (position & _mask);
        *(int*)(record + 4) = (int)tag;
        *(long*)(record + 8) = argument;
        Span<byte> payload = new(record + HeaderLength, length - HeaderLength);
        first.CopyTo(payload);
        second.CopyTo(payload[first.Length..]);
        Volatile.Write(ref LengthAt(position), length); // release: pairs with the acquire in TryRead
        GC.KeepAlive(_array);
        return true;
    }

    /// <summary>The next record, in place. The consumer's; call <see cref="Advance"/> when done with it.</summary>
    /// <param name="record">The record.</param>
    /// <returns>False if nothing published waits.</returns>
    public bool TryRead(out RingRecord record)
    {
        while (true)
        {
            int length = Volatile.Read(ref LengthAt(_head.Value)); // acquire: pairs with the release in TryWrite
            if (length == 0)
            {
                record = default;
                return false;
            }

            byte* start = _memory + (_head.Value & _mask);
            RingTag tag = *(RingTag*)(start + 4);
            if (tag != RingTag.Padding)
            {
                record = new RingRecord(tag, *(long*)(start + 8), new Span<byte>(start + HeaderLength, length - HeaderLength));
                return true;
            }

            Advance();
        }
    }

    /// <summary>
    /// As <see cref="TryRead"/>, but waits for a record that is claimed and not yet published, which takes as long as its copy: published ones may stand behind it.
    /// </summary>
    /// <param name="record">The record.</param>
    /// <returns>False if nothing is claimed either.</returns>
    public bool TryReadClaimed(out RingRecord record)
    {
        bool read;
        while (!(read = TryRead(out record)) && !IsUnclaimed)
        {
            Thread.Yield();
        }

        return read;
    }

    /// <summary>Zeroes the record last read and moves on. The space is given back by <see cref="Release"/>.</summary>
    public void Advance()
    {
        byte* start = _memory + (_head.Value & _mask);
        int aligned = Align(LengthAt(_head.Value));
        bool isPadding = *(RingTag*)(start + 4) == RingTag.Padding; // whose rest is zero
        new Span<byte>(start, isPadding ? HeaderLength : aligned).Clear();
        _head.Value += aligned;
    }

    /// <summary>
    /// Now and then gives memory back to the system, if little has gone through the ring of late: half of what is free
    /// each time, claimed like a record, so that there is
    /// room all the while. The consumer's, before it reads. On Linux only: elsewhere the memory stays.
    /// </summary>
    /// <param name="now">The time.</param>
    public void TrimNowAndThen(TimeSpan now)
    {
        if (now < _trimDue)
        {
            return;
        }

        _trimDue = now + TrimInterval;
        bool isQuiet = _head.Value - _trimmedFrom <= _capacity / 8;
        _trimmedFrom = _head.Value;
        if (isQuiet)
        {
            Trim();
        }
    }

    // Of the pages that lie within a part, which is zero: the system gives zeros for them, as the invariant has it.
    // Linux only.
    private static void GiveBack(byte* start, int length)
    {
        nint pageMask = Environment.SystemPageSize - 1;
        nint from = ((nint)start + pageMask) & ~pageMask;
        nint to = (nint)(start + length) & ~pageMask;
        if (OperatingSystem.IsLinux() && to > from)
        {
            UnixCalls.Release(from, to - from);
        }
    }

    private void Trim()
    {
        long tail = Volatile.Read(ref _tail.Value);
        int toEnd = (int)(_capacity - (tail & _mask));
        int length = (int)Math.Min(toEnd, (_capacity - (tail - _releasedHead.Value)) / 2) & -Alignment;
        if (length <= HeaderLength || Interlocked.CompareExchange(ref _tail.Value, tail + length, tail) != tail)
        {
            return; // full, or a producer was quicker: the next time
        }

        // What is claimed and not published is this thread's alone.
        byte* start = _memory + (tail & _mask);
        GiveBack(start + HeaderLength, length - HeaderLength);
        Volatile.Write(ref LengthAt(tail), length); // release: as of a record; tag and argument stay zero: padding
        if (_head.Value == tail)
        {
            Advance();
            Release();
        }
    }

    /// <summary>Gives the space of all records advanced over back to the producers.</summary>
    public void Release() => Volatile.Write(ref _releasedHead.Value, _head.Value); // release: the zeroing comes first; pairs with the acquire in TryClaim

    private bool TryClaim(int length, out long position)
    {
        int required = Align(length);
        while (true)
        {
            long tail = Volatile.Read(ref _tail.Value);
            long free = _capacity - (tail - Volatile.Read(ref _releasedHead.Value)); // acquire: pairs with Release
            int toEnd = (int)(_capacity - (tail & _mask));
            int padding = required > toEnd ? toEnd : 0;
            if (required + padding > free)
            {
                position = 0;
                return false;
            }

            if (Interlocked.CompareExchange(ref _tail.Value, tail + padding + required, tail) != tail)
            {
                continue;
            }

            if (padding > 0)
            {
                // Tag and argument stay zero: padding.
                Volatile.Write(ref LengthAt(tail), padding);
            }

            position = tail + padding;
            return true;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref int LengthAt(long position) => ref *(int*)(_memory + (position & _mask));

    private static int Align(int length) => (length + Alignment - 1) & -Alignment;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ThrowTooLarge(int payloadLength) =>
        throw new ArgumentException($"A payload of {payloadLength} bytes does not fit a ring of {_capacity} bytes; the most is {MaxPayloadBytes}.");

    /// <summary>A counter alone on its cache lines, so that producers and the consumer do not slow each other down by writing side by side.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 192)]
    private struct PaddedLong
    {
        [FieldOffset(64)]
        public long Value;
    }
}
