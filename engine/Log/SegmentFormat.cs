using System;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO.Hashing;
using RaftEngine.Protocol;

namespace RaftEngine.Log;

/// <summary>
/// A segment file's first page, little-endian; the records follow it.
/// <code>
///   offset size
///        0    8  magic, "RAFTSEGM"
///        8    4  format version, 1
///       12    4  header length, 4096
///       16    8  first index
///       24    8  file size
///       32   16  log id, in the order in which it is written as text
///       48    8  created stamp, Unix nanoseconds
///       56    8  term of the record before the first
///       64    8  CRC-64 of bytes 0..64
///       72 4016  zero
///     4088    8  chain seed
/// </code>
/// </summary>
internal static class SegmentFormat
{
    public const int HeaderBytes = 4096;
    public const int ChainSeedOffset = 4088;

    /// <summary>The bytes of the header that are not zero, but for the chain seed.</summary>
    public const int StartBytes = 72;

    public const uint Version = 1;
    public const string Extension = ".segment";

    // The chain seed and the first record's offsets must be 8-byte multiples that fit the offset tables and spans.
    public const int LargestBytes = 1 << 30;

    private const ulong Magic = 0x4D47_4553_5446_4152; // "RAFTSEGM"
    private const int CrcOffset = 64;
    private const int NameDigits = 20;

    /// <summary>The size of a segment with room for records of so many bytes: the usual one, if that will do.</summary>
    public static int SizeFor(int recordBytes, int usualSize) => Math.Max(usualSize, (HeaderBytes + recordBytes + TailMark.SizeInBytes + 4095) & ~4095);

    /// <summary>Segments are named by their first index, so that names sort as indexes do.</summary>
    public static string NameOf(long firstIndex) => firstIndex.ToString("D20", CultureInfo.InvariantCulture) + Extension;

    /// <summary>True if a file's name is a segment's; gives its first index.</summary>
    public static bool TryParseName(string name, out long firstIndex)
    {
        firstIndex = 0;
        return name.Length == NameDigits + Extension.Length
            && name.EndsWith(Extension, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, NameDigits), NumberStyles.None, CultureInfo.InvariantCulture, out firstIndex)
            && firstIndex > 0;
    }

    /// <summary>The chain seed of a log's very first record: logs of two clusters, or of two groups, never continue each other.</summary>
    public static ulong FirstChainSeed(Guid clusterId, ulong groupId)
    {
        Span<byte> bytes = stackalloc byte[24];
        WriteGuid(bytes, clusterId);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], groupId);
        return Crc64.HashToUInt64(bytes);
    }

    /// <summary>Writes the header page.</summary>
    public static void Write(Span<byte> page, in SegmentHeader header)
    {
        page[..HeaderBytes].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(page, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(page[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(page[12..], HeaderBytes);
        BinaryPrimitives.WriteInt64LittleEndian(page[16..], header.FirstIndex);
        BinaryPrimitives.WriteInt64LittleEndian(page[24..], header.FileSize);
        WriteGuid(page[32..], header.LogId);
        BinaryPrimitives.WriteInt64LittleEndian(page[48..], header.CreatedStamp);
        BinaryPrimitives.WriteInt64LittleEndian(page[56..], header.PreviousTerm);
        BinaryPrimitives.WriteUInt64LittleEndian(page[CrcOffset..], Crc64.HashToUInt64(page[..CrcOffset]));
        BinaryPrimitives.WriteUInt64LittleEndian(page[ChainSeedOffset..], header.ChainSeed);
    }

    /// <summary>Reads the header page and checks all of it that can be checked without the segment before.</summary>
    /// <exception cref="LogCorruptedException">It is not what was written, not this log's, or not under its own name or size.</exception>
    /// <exception cref="DataDirectoryException">A newer version wrote it.</exception>
    public static SegmentHeader Read(ReadOnlySpan<byte> page, string directory, string name, long fileLength, Guid logId)
    {
        if (page.Length < HeaderBytes)
        {
            throw new LogCorruptedException(name, page.Length, 0, "segment size", HeaderBytes, (ulong)page.Length);
        }

        Require(name, 0, "segment magic", Magic, BinaryPrimitives.ReadUInt64LittleEndian(page));
        Require(name, CrcOffset, "segment header checksum", Crc64.HashToUInt64(page[..CrcOffset]), BinaryPrimitives.ReadUInt64LittleEndian(page[CrcOffset..]));
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(page[8..]);
        if (version != Version)
        {
            throw new DataDirectoryException(directory, Release.CannotRead($"the format of segment {name}", version, $"version {Version}"));
        }

        Require(name, 12, "segment header length", HeaderBytes, BinaryPrimitives.ReadUInt32LittleEndian(page[12..]));
        SegmentHeader header = new(
            BinaryPrimitives.ReadInt64LittleEndian(page[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(page[24..]),
            ReadGuid(page[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(page[48..]),
            BinaryPrimitives.ReadInt64LittleEndian(page[56..]),
            BinaryPrimitives.ReadUInt64LittleEndian(page[ChainSeedOffset..]));
        _ = TryParseName(name, out long namedIndex);
        Require(name, 16, "first index, against the file's name", (ulong)namedIndex, (ulong)header.FirstIndex);
        Require(name, Math.Min(fileLength, header.FileSize), "segment size", (ulong)header.FileSize, (ulong)fileLength);
        Require(name, 24, "segment size, at most", (ulong)Math.Min(header.FileSize, LargestBytes), (ulong)header.FileSize);
        RequireLogId(name, 32, logId, header.LogId);
        int stray = page[StartBytes..ChainSeedOffset].IndexOfAnyExcept((byte)0);
        if (stray >= 0)
        {
            throw new LogCorruptedException(name, StartBytes + stray, 0, "reserved header byte", 0, page[StartBytes + stray]);
        }

        return header;
    }

    /// <summary>Checks that a segment continues what came before it.</summary>
    /// <exception cref="LogCorruptedException">It does not: a segment is missing, misplaced or from elsewhere.</exception>
    public static void RequireContinues(string name, in SegmentHeader header, long previousIndex, long previousTerm, ulong previousChain)
    {
        if (header.FirstIndex > previousIndex + 1)
        {
            throw LogCorruptedException.Missing(NameOf(previousIndex + 1), previousIndex + 1);
        }

        Require(name, 16, "first index, after the segment before", (ulong)(previousIndex + 1), (ulong)header.FirstIndex);
        Require(name, 56, "previous term", (ulong)previousTerm, (ulong)header.PreviousTerm);
        Require(name, ChainSeedOffset, "chain seed", previousChain, header.ChainSeed);
    }

    /// <summary>The created stamp, unchecked: enough to see whether a file that was checked has begun another life.</summary>
    public static long CreatedStampOf(ReadOnlySpan<byte> page) => BinaryPrimitives.ReadInt64LittleEndian(page[48..]);

    /// <summary>The log id and the first index, unchecked: whose segment it says it is.</summary>
    public static (Guid LogId, long FirstIndex) NamedIn(ReadOnlySpan<byte> page) =>
        (ReadGuid(page[32..]), BinaryPrimitives.ReadInt64LittleEndian(page[16..]));

    public static void WriteGuid(Span<byte> bytes, Guid value) => value.TryWriteBytes(bytes, bigEndian: true, out _);

    public static Guid ReadGuid(ReadOnlySpan<byte> bytes) => new(bytes[..16], bigEndian: true);

    /// <summary>Checks that a file is this log's.</summary>
    /// <exception cref="LogCorruptedException">It is another's.</exception>
    public static void RequireLogId(string name, long offset, Guid expected, Guid actual)
    {
        Span<byte> halves = stackalloc byte[32];
        WriteGuid(halves, expected);
        WriteGuid(halves[16..], actual);
        Require(name, offset, "log id, first half", BinaryPrimitives.ReadUInt64BigEndian(halves), BinaryPrimitives.ReadUInt64BigEndian(halves[16..]));
        Require(name, offset + 8, "log id, second half", BinaryPrimitives.ReadUInt64BigEndian(halves[8..]), BinaryPrimitives.ReadUInt64BigEndian(halves[24..]));
    }

    private static void Require(string name, long offset, string what, ulong expected, ulong actual)
    {
        if (expected != actual)
        {
            Throw(name, offset, what, expected, actual);
        }
    }

    [DoesNotReturn]
    private static void Throw(string name, long offset, string what, ulong expected, ulong actual) =>
        throw new LogCorruptedException(name, offset, 0, what, expected, actual);
}
