using System;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using RaftEngine.Protocol;

namespace RaftEngine.Transport;

/// <summary>The bytes that may follow a hello: what the speaker tells of itself (<see cref="RaftHandshake"/>). The hello says how many there are.</summary>
/// <remarks>
/// All numbers are little-endian. A later version may put more between the voters and the checksum; it is skipped.
/// <code>
/// offset size
///      0    2  number of initial voters v, 0 to 15
///      2    2  reserved, 0
///      4    4  largest command, in bytes
///      8    4  entries of one message, in bytes
///     12    4  reserved, 0
///     16    8  election timeout, ticks of 100 ns
///     24   8v  initial voters, ascending node ids
///      m    4  cluster version; the first release has none, which stands for 1
///    m+4    4  reserved, 0
///      n    8  CRC-64 of bytes 0..n, the last of all
/// </code>
/// </remarks>
internal static class HandshakeFormat
{
    /// <summary>The most bytes that are taken.</summary>
    public const int MaxBytes = 512;

    private const int VotersOffset = 24;
    private const int ChecksumBytes = 8;
    private const int VersionBytes = 8;

    /// <summary>How many bytes it takes.</summary>
    public static int LengthOf(RaftHandshake handshake) =>
        VotersOffset + (handshake.InitialVoters.Length * sizeof(ulong)) + VersionBytes + ChecksumBytes;

    /// <summary>Writes it.</summary>
    public static void Write(Span<byte> destination, RaftHandshake handshake)
    {
        Span<byte> bytes = destination[..LengthOf(handshake)];
        bytes.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)handshake.InitialVoters.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], handshake.MaxCommandBytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], handshake.MaxMessageBytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], handshake.ElectionTimeout.Ticks);
        for (int i = 0; i < handshake.InitialVoters.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[(VotersOffset + (i * sizeof(ulong)))..], handshake.InitialVoters[i]);
        }

        int end = VotersOffset + (handshake.InitialVoters.Length * sizeof(ulong));
        BinaryPrimitives.WriteInt32LittleEndian(bytes[end..], handshake.ClusterVersion);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[^ChecksumBytes..], Crc64.HashToUInt64(bytes[..^ChecksumBytes]));
    }

    /// <summary>Reads it.</summary>
    /// <returns>False if these bytes are not an intact handshake.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out RaftHandshake? handshake)
    {
        handshake = null;
        bool intact = bytes.Length is >= VotersOffset + ChecksumBytes and <= MaxBytes
            && BinaryPrimitives.ReadUInt64LittleEndian(bytes[^ChecksumBytes..]) == Crc64.HashToUInt64(bytes[..^ChecksumBytes]);
        if (!intact)
        {
            return false;
        }

        int count = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        if (count > Configuration.MaxVoters || bytes.Length < VotersOffset + (count * sizeof(ulong)) + ChecksumBytes)
        {
            return false;
        }

        ulong[] voters = new ulong[count];
        for (int i = 0; i < count; i++)
        {
            voters[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(VotersOffset + (i * sizeof(ulong)))..]);
        }

        ReadOnlySpan<byte> more = bytes[(VotersOffset + (count * sizeof(ulong)))..^ChecksumBytes];
        int version = more.Length < VersionBytes ? ClusterVersions.First : BinaryPrimitives.ReadInt32LittleEndian(more);
        handshake = new RaftHandshake
        {
            ClusterVersion = Math.Max(version, ClusterVersions.First),
            InitialVoters = ImmutableArray.Create(voters),
            MaxCommandBytes = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]),
            MaxMessageBytes = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]),
            ElectionTimeout = new TimeSpan(BinaryPrimitives.ReadInt64LittleEndian(bytes[16..])),
        };
        return true;
    }
}
