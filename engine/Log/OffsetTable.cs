using System;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// Where each record of a sealed segment starts, and the terms, in a file beside it, so that opening a log need not read the records. Worth nothing by itself: one that is
/// missing, damaged or of another life of the segment is made anew from the records. Little-endian:
/// <code>
///     offset size
///          0    8  magic, "RAFTOFFS"
///          8    4  format version, 1
///         12    4  term runs, r
///         16    8  first index
///         24    8  records, n
///         32   16  log id, in the order in which it is written as text
///         48    8  created stamp of the segment
///         56    8  offset behind the last record: where the final mark stands
///         64    8  chain value of the last record
///         72    8  CRC-64 of bytes 0..72
///         80  16r  term runs: the first index of a run, its term
///     80+16r 4n+4  where each record starts, and where the last one ends, in units of 8 bytes
///          …    p  zero padding to a multiple of 8
///          …    8  CRC-64 of everything from 72 to here
/// </code>
/// </summary>
internal sealed unsafe class OffsetTable : IDisposable
{
    public const string Extension = ".offsets";

    private const ulong Magic = 0x5346_464F_5446_4152; // "RAFTOFFS"
    private const uint Version = 1;
    private const int HeaderBytes = 80;
    private const int HeaderCrcOffset = 72;
    private const int RunBytes = 16;
    private const int CrcBytes = 8;

    private readonly IStorageMapping _mapping;
    private readonly int _runs;

    private OffsetTable(IStorageMapping mapping, ReadOnlySpan<byte> header, int length)
    {
        _mapping = mapping;
        _runs = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
        Records = BinaryPrimitives.ReadInt64LittleEndian(header[24..]);
        End = (int)BinaryPrimitives.ReadInt64LittleEndian(header[56..]);
        LastChain = BinaryPrimitives.ReadUInt64LittleEndian(header[64..]);
        Length = length;
    }

    /// <summary>How many records the segment has.</summary>
    public long Records { get; }

    /// <summary>Where the last of them ends.</summary>
    public int End { get; }

    /// <summary>The last one's CRC: the fingerprint of the log up to there, and so of what this table describes.</summary>
    public ulong LastChain { get; }

    /// <summary>The file's length, in bytes.</summary>
    public int Length { get; }

    /// <summary>Where each record starts, in units of 8 bytes, and where the last one ends.</summary>
    public uint* Offsets => (uint*)((byte*)_mapping.Address + HeaderBytes + (_runs * RunBytes));

    /// <summary>The table's file of the segment that begins with an index.</summary>
    public static string NameOf(long firstIndex) => SegmentFormat.NameOf(firstIndex)[..^SegmentFormat.Extension.Length] + Extension;

    /// <summary>True if a file is such a table.</summary>
    public static bool IsTable(string name) => name.EndsWith(Extension, StringComparison.Ordinal);

    /// <summary>Writes the table of a segment, and syncs it.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="segment">A segment that is not written any more.</param>
    /// <param name="terms">The term runs of its records, as pairs of first index and term.</param>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static void Write(IStorageDirectory directory, Segment segment, ReadOnlySpan<long> terms)
    {
        ReadOnlySpan<uint> offsets = segment.Offsets;
        int length = (int)LengthOf(terms.Length / 2, offsets.Length);
        byte* memory = (byte*)NativeMemory.AllocZeroed((nuint)length); // too large to trouble the collector with at every roll
        try
        {
            Span<byte> bytes = new(memory, length);
            Fill(bytes, segment, terms, offsets);
            using IStorageFile file = directory.Create(NameOf(segment.FirstIndex));
            file.Write(bytes, 0);
            file.Sync();
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }

    /// <summary>Opens the table of a segment, if there is one, and it is whole, and it is of this life of the segment.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="header">The segment's checked header.</param>
    /// <param name="isCopied">True to read it into memory; false to map it, as the node does that has the directory's
    /// lock.</param>
    /// <exception cref="LogCorruptedException">It has become shorter while it was copied.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static OffsetTable? TryOpen(IStorageDirectory directory, in SegmentHeader header, bool isCopied = false)
    {
        string name = NameOf(header.FirstIndex);
        using IStorageFile? file = directory.OpenForReading(name);
        if (file is null)
        {
            return null;
        }

        // The length that the header speaks of is believed once the header's checksum is right and the file has that length.
        Span<byte> start = stackalloc byte[HeaderBytes];
        if (file.Read(start, 0) < HeaderBytes || !IsOf(start, header))
        {
            return null;
        }

        long length = LengthOf(BinaryPrimitives.ReadInt32LittleEndian(start[12..]), BinaryPrimitives.ReadInt64LittleEndian(start[24..]) + 1);
        if (file.Length != length)
        {
            return null;
        }

        IStorageMapping mapping = isCopied ? CopyOf(file, name, length) : file.Map(length);
        ReadOnlySpan<byte> bytes = new((byte*)mapping.Address, (int)length);
        if (Crc64.HashToUInt64(bytes[HeaderCrcOffset..^CrcBytes]) == BinaryPrimitives.ReadUInt64LittleEndian(bytes[^CrcBytes..]))
        {
            return new OffsetTable(mapping, start, (int)length);
        }

        mapping.Dispose();
        return null;
    }

    /// <summary>True if it says what the segment says, whose records have been read.</summary>
    public bool Describes(Segment segment) =>
        Records == segment.Offsets.Length - 1
        && LastChain == segment.ChainBefore(segment.LastIndex + 1)
        && segment.Offsets.SequenceEqual(new ReadOnlySpan<uint>(Offsets, segment.Offsets.Length));

    /// <summary>Where a record starts.</summary>
    /// <param name="position">How many records of the segment are before it.</param>
    /// <param name="offset">The offset in the segment.</param>
    /// <returns>False if the table has no such record, or what it says cannot be so.</returns>
    public bool TryFind(long position, out int offset)
    {
        long found = position >= 0 && position < Records ? Offsets[position] * 8L : 0;
        offset = (int)found;
        return found >= SegmentFormat.HeaderBytes && found < End;
    }

    /// <summary>Notes the terms of the segment's records.</summary>
    public void AddTermsTo(TermIndex terms)
    {
        ReadOnlySpan<long> runs = new((byte*)_mapping.Address + HeaderBytes, _runs * 2);
        for (int i = 0; i < runs.Length; i += 2)
        {
            terms.Add(runs[i], runs[i + 1]);
        }
    }

    /// <summary>Gives the memory back. No thread may be using it.</summary>
    public void Dispose() => _mapping.Dispose();

    private static SegmentCopy CopyOf(IStorageFile file, string name, long length)
    {
        SegmentCopy copy = new(file, name, length);
        try
        {
            copy.Populate();
            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    private static void Fill(Span<byte> bytes, Segment segment, ReadOnlySpan<long> terms, ReadOnlySpan<uint> offsets)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], terms.Length / 2);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], segment.FirstIndex);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], offsets.Length - 1);
        SegmentFormat.WriteGuid(bytes[32..], segment.Header.LogId);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[48..], segment.Header.CreatedStamp);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[56..], segment.End);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[64..], segment.ChainBefore(segment.LastIndex + 1));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[HeaderCrcOffset..], Crc64.HashToUInt64(bytes.Slice(0, HeaderCrcOffset)));
        MemoryMarshal.AsBytes(terms).CopyTo(bytes[HeaderBytes..]);
        MemoryMarshal.AsBytes(offsets).CopyTo(bytes.Slice(HeaderBytes + (terms.Length / 2 * RunBytes)));
        Span<byte> body = bytes.Slice(HeaderCrcOffset, bytes.Length - HeaderCrcOffset - CrcBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.Slice(bytes.Length - CrcBytes), Crc64.HashToUInt64(body));
    }

    private static long LengthOf(long runs, long offsets) => HeaderBytes + (runs * RunBytes) + (((offsets * sizeof(uint)) + 7) & ~7L) + CrcBytes;

    private static bool IsOf(ReadOnlySpan<byte> start, in SegmentHeader header)
    {
        long most = header.FileSize / RecordFormat.SmallestBytes;
        return BinaryPrimitives.ReadUInt64LittleEndian(start) == Magic
            && BinaryPrimitives.ReadUInt64LittleEndian(start[HeaderCrcOffset..]) == Crc64.HashToUInt64(start[..HeaderCrcOffset])
            && BinaryPrimitives.ReadUInt32LittleEndian(start[8..]) == Version
            && BinaryPrimitives.ReadUInt32LittleEndian(start[12..]) <= most
            && BinaryPrimitives.ReadInt64LittleEndian(start[16..]) == header.FirstIndex
            && (ulong)BinaryPrimitives.ReadInt64LittleEndian(start[24..]) <= (ulong)most
            && SegmentFormat.ReadGuid(start[32..]) == header.LogId
            && BinaryPrimitives.ReadInt64LittleEndian(start[48..]) == header.CreatedStamp
            && (ulong)BinaryPrimitives.ReadInt64LittleEndian(start[56..]) <= (ulong)(header.FileSize - TailMark.SizeInBytes);
    }
}
