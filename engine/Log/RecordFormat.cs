using System;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RaftEngine.Protocol;

namespace RaftEngine.Log;

/// <summary>
/// A record, on disk and on the wire. 8-byte aligned, little-endian, and the same on every replica:
/// <code>
///   offset size
///       -8    8  what the chain continues: the CRC of the record before, or the segment's chain seed
///        0    4  payload length, n
///        4    1  kind, not 0
///        5    3  flags, 0
///        8    8  index
///       16    8  term
///       24    n  payload
///     24+n    p  zero padding to a multiple of 8
///   24+n+p    8  CRC-64 of everything from -8 to here
/// </code>
/// </summary>
internal static class RecordFormat
{
    public const int HeaderBytes = 24;
    public const int ChainBytes = 8;
    public const int SmallestBytes = HeaderBytes + ChainBytes;

    private const int KindOffset = 4;
    private const int IndexOffset = 8;
    private const int TermOffset = 16;

    /// <summary>The size of a record with a payload of this size. In 64 bits, because the length may come from damaged bytes.</summary>
    public static long SizeOf(uint payloadLength) => SmallestBytes + (((long)payloadLength + 7) & ~7L);

    /// <summary>The size of the largest of records that have been verified.</summary>
    public static int LargestOf(ReadOnlySpan<byte> records)
    {
        int largest = 0;
        while (!records.IsEmpty)
        {
            int size = (int)SizeOf(PayloadLengthAt(in records[0]));
            largest = Math.Max(largest, size);
            records = records[size..];
        }

        return largest;
    }

    public static uint PayloadLengthAt(ref readonly byte record) => Unsafe.ReadUnaligned<uint>(in record);

    /// <summary>Kind and flags in one: a record of this version has the flags 0, so this is at most 255.</summary>
    public static uint KindAndFlagsAt(ref readonly byte record) => Unsafe.ReadUnaligned<uint>(in Unsafe.Add(ref Unsafe.AsRef(in record), KindOffset));

    public static long IndexAt(ref readonly byte record) => Unsafe.ReadUnaligned<long>(in Unsafe.Add(ref Unsafe.AsRef(in record), IndexOffset));

    public static long TermAt(ref readonly byte record) => Unsafe.ReadUnaligned<long>(in Unsafe.Add(ref Unsafe.AsRef(in record), TermOffset));

    /// <summary>Writes a record behind the 8 bytes that its chain continues.</summary>
    /// <param name="space">Those 8 bytes, then room for exactly the record.</param>
    /// <param name="kind">What it carries.</param>
    /// <param name="index">Its index.</param>
    /// <param name="term">Its term.</param>
    /// <param name="payload">Its payload.</param>
    /// <returns>Its CRC.</returns>
    public static ulong Write(Span<byte> space, EntryKind kind, long index, long term, ReadOnlySpan<byte> payload)
    {
        int end = space.Length - ChainBytes;
        ref byte record = ref space[ChainBytes];
        Unsafe.WriteUnaligned(ref record, (uint)payload.Length);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref record, KindOffset), (uint)kind);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref record, IndexOffset), index);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref record, TermOffset), term);
        if (!payload.IsEmpty)
        {
            MemoryMarshal.Write(space[(end - 8)..], 0UL); // the padding; the payload then covers what is not padding
            payload.CopyTo(space[(ChainBytes + HeaderBytes)..]);
        }

        ulong chain = Crc64.HashToUInt64(space[..end]);
        MemoryMarshal.Write(space[end..], chain);
        return chain;
    }

    /// <summary>The CRC a record should have.</summary>
    /// <param name="chainAndRecord">The 8 bytes it continues, and the record.</param>
    public static ulong ComputeChain(ReadOnlySpan<byte> chainAndRecord) => Crc64.HashToUInt64(chainAndRecord[..^ChainBytes]);

    /// <summary>The CRC that stands at the end of a record, or any 8 bytes of the chain.</summary>
    public static ulong ReadChain(ReadOnlySpan<byte> bytesUpToIt) => MemoryMarshal.Read<ulong>(bytesUpToIt[^ChainBytes..]);

    /// <summary>The offset of a record within a verified run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="position">How many records stand before it.</param>
    public static int OffsetOf(ReadOnlySpan<byte> run, long position)
    {
        int offset = 0;
        for (; position > 0; position--)
        {
            offset += (int)SizeOf(PayloadLengthAt(in run[offset]));
        }

        return offset;
    }

    /// <summary>A verified record as a value over its bytes.</summary>
    public static LogRecord Read(ReadOnlySpan<byte> record)
    {
        ref readonly byte start = ref record[0];
        return new LogRecord
        {
            Index = IndexAt(in start),
            Term = TermAt(in start),
            Kind = (EntryKind)KindAndFlagsAt(in start),
            Payload = record.Slice(HeaderBytes, (int)PayloadLengthAt(in start)),
            Chain = ReadChain(record),
        };
    }
}
