using System;
using System.Buffers.Binary;
using System.IO.Hashing;

namespace RaftEngine.Transport;

/// <summary>
/// The bytes of a hello: the dialer sends one, the listener answers with its own, and only then do frames follow, from the dialer to the listener. The
/// layout is the same in every version of the protocol, so that a listener can tell a dialer of another version why it is refused.
/// </summary>
/// <remarks>
/// All numbers are little-endian; ids of 16 bytes are in the order in which they are printed.
/// <code>
/// offset size
///      0    4  magic "RFTH"
///      4    2  version of the protocol
///      6    1  outcome: 0 from the dialer, 1 accepted, 2 and more refused
///      7    1  lane: 0 the ordinary connection, 1 the control connection
///      8   16  cluster id
///     24    8  group id
///     32    8  node id of the speaker
///     40    8  node id of the one addressed
///     48   16  incarnation of the speaker's data directory
///     64    2  bytes of the handshake that follows, 0 for none; see <see cref="HandshakeFormat"/>
///     66    6  reserved, 0
///     72    8  CRC-64 of bytes 0..72
/// </code>
/// A listener sends a handshake only to a dialer that has sent one.
/// </remarks>
internal static class HelloFormat
{
    /// <summary>The bytes of a hello.</summary>
    public const int Bytes = 80;

    /// <summary>"RFTH", read as a little-endian number.</summary>
    private const uint Magic = 0x4854_4652;

    private const int HandshakeOffset = 64;
    private const int ReservedOffset = 66;
    private const int ChecksumOffset = 72;

    /// <summary>How many bytes a hello takes, with its handshake.</summary>
    public static int LengthOf(in Hello hello) => Bytes + (hello.Identity.Handshake is { } handshake ? HandshakeFormat.LengthOf(handshake) : 0);

    /// <summary>Writes a hello, and its handshake if it has one.</summary>
    /// <param name="destination">At least <see cref="LengthOf"/> bytes.</param>
    /// <param name="hello">The hello.</param>
    public static void Write(Span<byte> destination, in Hello hello)
    {
        if (hello.Identity.Handshake is { } handshake)
        {
            HandshakeFormat.Write(destination[Bytes..], handshake);
        }

        Span<byte> bytes = destination[..Bytes];
        bytes.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], hello.Version);
        bytes[6] = (byte)hello.Outcome;
        bytes[7] = (byte)hello.Lane;
        hello.Identity.ClusterId.TryWriteBytes(bytes[8..], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], hello.Identity.GroupId);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[32..], hello.Identity.NodeId);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[40..], hello.AddressedId);
        hello.Identity.Incarnation.TryWriteBytes(bytes[48..], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[HandshakeOffset..], (ushort)(LengthOf(in hello) - Bytes));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[ChecksumOffset..], Crc64.HashToUInt64(bytes[..ChecksumOffset]));
    }

    /// <summary>Reads a hello, without the handshake that may follow.</summary>
    /// <param name="source">At least <see cref="Bytes"/> bytes.</param>
    /// <param name="hello">The hello, if it is one.</param>
    /// <param name="handshakeBytes">How many bytes of a handshake follow; no more than are taken.</param>
    /// <returns>False if these bytes are not an intact hello.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out Hello hello, out int handshakeBytes)
    {
        handshakeBytes = 0;
        ReadOnlySpan<byte> bytes = source[..Bytes];
        hello = default;
        bool intact = BinaryPrimitives.ReadUInt32LittleEndian(bytes) == Magic
            && BinaryPrimitives.ReadUInt64LittleEndian(bytes[ChecksumOffset..]) == Crc64.HashToUInt64(bytes[..ChecksumOffset])
            && bytes[7] <= (byte)Lane.Control
            && BinaryPrimitives.ReadUInt16LittleEndian(bytes[HandshakeOffset..]) <= HandshakeFormat.MaxBytes
            && !bytes[ReservedOffset..ChecksumOffset].ContainsAnyExcept((byte)0);
        if (!intact)
        {
            return false;
        }

        handshakeBytes = BinaryPrimitives.ReadUInt16LittleEndian(bytes[HandshakeOffset..]);
        RaftIdentity identity = new(
            new Guid(bytes.Slice(8, 16), bigEndian: true),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
            new Guid(bytes.Slice(48, 16), bigEndian: true));
        hello = new Hello(
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]),
            (HelloOutcome)bytes[6],
            identity,
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]),
            (Lane)bytes[7]);
        return true;
    }
}
