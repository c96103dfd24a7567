using System;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using RaftEngine.Protocol;

namespace RaftEngine.Snapshots;

/// <summary>
/// A snapshot file, little-endian: pieces, each with a checksum that continues the one of the piece before, so that the last one is the fingerprint of the file. A snapshot travels
/// in whole pieces too. The first piece is the header:
/// <code>
///   offset size
///        0    8  magic, "RAFTSNAP"
///        8    4  format version, 1
///       12    4  configuration length, n: 0 to 4096
///       16   16  snapshot id, in the order in which it is written as text
///       32   16  cluster id, likewise
///       48    8  group id
///       56    8  last index included
///       64    8  its term
///       72    8  the log's chain value there
///       80    n  configuration
///     80+n    p  zero padding to a multiple of 8
///   80+n+p    8  CRC-64 of everything before
/// </code>
/// Chunks of the state follow, all of them full but for the last, and behind them one that is empty: the end.
/// <code>
///       -8    8  the CRC of the piece before
///        0    4  payload length, n: 0 to 8160
///        4    4  zero
///        8    8  the chunk's number, from 0
///       16    n  payload
///     16+n    p  zero padding to a multiple of 8
///   16+n+p    8  CRC-64 of everything from -8 to here
/// </code>
/// </summary>
internal static class SnapshotFormat
{
    public const uint Version = 1;
    public const string Extension = ".snapshot";
    public const int MaxConfigurationBytes = 4096;
    public const int CrcBytes = 8;
    public const int ChunkHeaderBytes = 16;

    /// <summary>The payload of every chunk but the last.</summary>
    public const int ChunkPayloadBytes = (8 << 10) - ChunkHeaderBytes - CrcBytes - CrcBytes;

    /// <summary>The largest piece.</summary>
    public const int LargestPieceBytes = 8 << 10;

    private const ulong Magic = 0x5041_4E53_5446_4152; // "RAFTSNAP"
    private const int ConfigurationOffset = 80;
    private const int NameDigits = 20;

    /// <summary>Snapshots are named by the last index they include, so that names sort as indexes do.</summary>
    public static string NameOf(long index) => index.ToString("D20", CultureInfo.InvariantCulture) + Extension;

    /// <summary>True if a file's name is a snapshot's; gives its index.</summary>
    public static bool TryParseName(string name, out long index)
    {
        index = 0;
        return name.Length == NameDigits + Extension.Length
            && name.EndsWith(Extension, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, NameDigits), NumberStyles.None, CultureInfo.InvariantCulture, out index)
            && index > 0;
    }

    /// <summary>The header as a piece.</summary>
    public static byte[] Write(SnapshotHeader header)
    {
        ReadOnlySpan<byte> configuration = header.Configuration.Span;
        if (configuration.Length > MaxConfigurationBytes)
        {
            throw new InvalidOperationException($"A configuration of {configuration.Length} bytes does not fit in a snapshot's header; it has room for {MaxConfigurationBytes}.");
        }

        byte[] piece = new byte[HeaderBytesWith(configuration.Length)];
        BinaryPrimitives.WriteUInt64LittleEndian(piece, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(piece.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(piece.AsSpan(12), configuration.Length);
        header.SnapshotId.TryWriteBytes(piece.AsSpan(16), bigEndian: true, out _);
        header.ClusterId.TryWriteBytes(piece.AsSpan(32), bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64LittleEndian(piece.AsSpan(48), header.GroupId);
        BinaryPrimitives.WriteInt64LittleEndian(piece.AsSpan(56), header.Index);
        BinaryPrimitives.WriteInt64LittleEndian(piece.AsSpan(64), header.Term);
        BinaryPrimitives.WriteUInt64LittleEndian(piece.AsSpan(72), header.Chain);
        configuration.CopyTo(piece.AsSpan(ConfigurationOffset));
        BinaryPrimitives.WriteUInt64LittleEndian(piece.AsSpan(piece.Length - CrcBytes), Crc64.HashToUInt64(piece.AsSpan(0, piece.Length - CrcBytes)));
        return piece;
    }

    /// <summary>Reads the header piece at a file's start.</summary>
    /// <param name="start">The file's first bytes: all of it, or <see cref="LargestPieceBytes"/>.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <param name="size">The piece's size.</param>
    /// <exception cref="SnapshotCorruptedException">It is not what was written.</exception>
    public static SnapshotHeader Read(ReadOnlySpan<byte> start, string name, out int size)
    {
        int least = HeaderBytesWith(0);
        Require(start.Length >= least, name, 0, "header size, at least", (ulong)least, (ulong)start.Length);
        ulong magic = BinaryPrimitives.ReadUInt64LittleEndian(start);
        Require(magic == Magic, name, 0, "magic", Magic, magic);
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        uint configurationLength = BinaryPrimitives.ReadUInt32LittleEndian(start[12..]);
        Require(configurationLength <= MaxConfigurationBytes, name, 12, "configuration length, at most", MaxConfigurationBytes, configurationLength);
        size = HeaderBytesWith((int)configurationLength);
        Require(start.Length >= size, name, 0, "header size", (ulong)size, (ulong)start.Length);
        ReadOnlySpan<byte> piece = start[..size];
        ulong expected = Crc64.HashToUInt64(piece[..^CrcBytes]);
        ulong actual = BinaryPrimitives.ReadUInt64LittleEndian(piece[^CrcBytes..]);
        Require(expected == actual, name, size - CrcBytes, "header checksum", expected, actual);
        if (version != Version)
        {
            throw new LaterReleaseException(Release.CannotRead($"the format of snapshot {name}", version, $"version {Version}"));
        }

        return new SnapshotHeader(
            new Guid(piece.Slice(16, 16), bigEndian: true),
            new Guid(piece.Slice(32, 16), bigEndian: true),
            BinaryPrimitives.ReadUInt64LittleEndian(piece[48..]),
            BinaryPrimitives.ReadInt64LittleEndian(piece[56..]),
            BinaryPrimitives.ReadInt64LittleEndian(piece[64..]),
            BinaryPrimitives.ReadUInt64LittleEndian(piece[72..]),
            piece.Slice(ConfigurationOffset, (int)configurationLength).ToArray());
    }

    /// <summary>Makes a chunk of its payload, in place.</summary>
    /// <param name="chainAndChunk">The CRC of the piece before, then room for a chunk's header, then the payload, then room for padding and CRC.</param>
    /// <param name="number">The chunk's number.</param>
    /// <param name="payloadLength">Its payload's length.</param>
    /// <returns>The chunk's size.</returns>
    public static int Seal(Span<byte> chainAndChunk, long number, int payloadLength)
    {
        int size = ChunkBytesWith(payloadLength);
        Span<byte> chunk = chainAndChunk.Slice(CrcBytes, size);
        BinaryPrimitives.WriteInt32LittleEndian(chunk, payloadLength);
        BinaryPrimitives.WriteInt32LittleEndian(chunk[4..], 0);
        BinaryPrimitives.WriteInt64LittleEndian(chunk[8..], number);
        chunk[(ChunkHeaderBytes + payloadLength)..^CrcBytes].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(chunk[^CrcBytes..], Crc64.HashToUInt64(chainAndChunk[..size]));
        return size;
    }

    /// <summary>Checks the chunk that stands behind the CRC of the piece before it.</summary>
    /// <param name="chainAndRest">That CRC, and what follows it: the chunk, and maybe more.</param>
    /// <param name="number">The number that it should have.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <param name="offset">Where the chunk starts in the file.</param>
    /// <returns>Its payload's length; 0 is the end.</returns>
    /// <exception cref="SnapshotCorruptedException">It is not what was written.</exception>
    public static int Check(ReadOnlySpan<byte> chainAndRest, long number, string name, long offset)
    {
        ReadOnlySpan<byte> rest = chainAndRest[CrcBytes..];
        int least = ChunkBytesWith(0);
        Require(rest.Length >= least, name, offset, "chunk size, at least", (ulong)least, (ulong)rest.Length);
        uint payloadLength = BinaryPrimitives.ReadUInt32LittleEndian(rest);
        Require(payloadLength <= ChunkPayloadBytes, name, offset, "chunk length, at most", ChunkPayloadBytes, payloadLength);
        int size = ChunkBytesWith((int)payloadLength);
        Require(rest.Length >= size, name, offset, "chunk size", (ulong)size, (ulong)rest.Length);
        ulong expected = Crc64.HashToUInt64(chainAndRest[..size]);
        ulong actual = BinaryPrimitives.ReadUInt64LittleEndian(chainAndRest[size..]);
        Require(expected == actual, name, offset, "chunk checksum", expected, actual);
        ulong actualNumber = BinaryPrimitives.ReadUInt64LittleEndian(rest[8..]);
        Require((ulong)number == actualNumber, name, offset, "chunk number", (ulong)number, actualNumber);
        return (int)payloadLength;
    }

    /// <summary>The size of a chunk with a payload of this length.</summary>
    public static int ChunkBytesWith(int payloadLength) => ChunkHeaderBytes + ((payloadLength + 7) & ~7) + CrcBytes;

    private static int HeaderBytesWith(int configurationLength) => ConfigurationOffset + ((configurationLength + 7) & ~7) + CrcBytes;

    private static void Require(bool holds, string name, long offset, string what, ulong expected, ulong actual)
    {
        if (!holds)
        {
            throw new SnapshotCorruptedException(name, offset, what, expected, actual);
        }
    }
}
