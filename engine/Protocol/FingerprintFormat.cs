using System;
using System.Buffers.Binary;

namespace RaftEngine.Protocol;

/// <summary>
/// The payload of an entry of kind <see cref="EntryKind.Fingerprint"/>, little-endian:
/// <code>
///   offset size
///        0    8  0: every replica is to take the fingerprint of its state here; otherwise the index at which the leader took it
///        8    8  0, or the leader's fingerprint
/// </code>
/// </summary>
public static class FingerprintFormat
{
    /// <summary>Its size.</summary>
    public const int SizeInBytes = 16;

    /// <summary>Writes a payload.</summary>
    /// <param name="destination">Room for <see cref="SizeInBytes"/>.</param>
    /// <param name="index">The index, or 0.</param>
    /// <param name="fingerprint">The fingerprint, or 0.</param>
    public static void Write(Span<byte> destination, long index, ulong fingerprint)
    {
        BinaryPrimitives.WriteInt64LittleEndian(destination, index);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], fingerprint);
    }

    /// <summary>Reads a payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="index">The index, or 0.</param>
    /// <param name="fingerprint">The fingerprint, or 0.</param>
    /// <returns>False if it is none that <see cref="Write"/> writes of sound values.</returns>
    public static bool TryRead(ReadOnlySpan<byte> payload, out long index, out ulong fingerprint)
    {
        (index, fingerprint) = (0, 0);
        if (payload.Length != SizeInBytes)
        {
            return false;
        }

        index = BinaryPrimitives.ReadInt64LittleEndian(payload);
        fingerprint = BinaryPrimitives.ReadUInt64LittleEndian(payload[8..]);
        return index > 0 || (index == 0 && fingerprint == 0);
    }
}
