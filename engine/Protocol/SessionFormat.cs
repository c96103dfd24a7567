using System;
using System.Buffers.Binary;

namespace RaftEngine.Protocol;

/// <summary>
/// The payload of an entry of kind <see cref="EntryKind.Session"/> (thesis §6.3), little-endian:
/// <code>
///   offset size
///        0    8  the log's time in milliseconds: written by the leader that appends the entry
///        8    4  operation: 1 open, 2 command, 3 keep, 4 close
///       12    4  open: the most sessions there may be; otherwise 0
///       16    8  open: 0; otherwise the session's id, the index of the entry that opened it
///       24    8  open: the timeout in milliseconds; command: its sequence, from 1; otherwise 0
///       32    8  command: the lowest sequence whose answer the client may still ask for; otherwise 0
///       40    n  command: the command
/// </code>
/// </summary>
public static class SessionFormat
{
    /// <summary>What stands in front of the command, in bytes.</summary>
    public const int HeaderBytes = 40;

    /// <summary>How far a command's sequence may be above the lowest unsettled one, less one: what a session remembers of answers.</summary>
    public const int MaxUnsettled = 64;

    /// <summary>Writes a header; its time is left to <see cref="Stamp"/>.</summary>
    /// <param name="destination">Room for <see cref="HeaderBytes"/>.</param>
    /// <param name="header">The header.</param>
    public static void Write(Span<byte> destination, in SessionHeader header)
    {
        bool opens = header.Operation == SessionOperation.Open;
        BinaryPrimitives.WriteInt64LittleEndian(destination, header.TimeMilliseconds);
        BinaryPrimitives.WriteInt32LittleEndian(destination[8..], (int)header.Operation);
        BinaryPrimitives.WriteInt32LittleEndian(destination[12..], header.MaxSessions);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], header.SessionId);
        BinaryPrimitives.WriteInt64LittleEndian(destination[24..], opens ? header.TimeoutMilliseconds : header.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(destination[32..], header.FirstUnsettled);
    }

    /// <summary>Writes the log's time into a payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="timeMilliseconds">The time.</param>
    public static void Stamp(Span<byte> payload, long timeMilliseconds) => BinaryPrimitives.WriteInt64LittleEndian(payload, timeMilliseconds);

    /// <summary>Reads the header of a payload; the command is what follows it.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="header">The header.</param>
    /// <returns>False if it is none that <see cref="Write"/> writes of sound values.</returns>
    public static bool TryRead(ReadOnlySpan<byte> payload, out SessionHeader header)
    {
        header = default;
        if (payload.Length < HeaderBytes)
        {
            return false;
        }

        SessionOperation operation = (SessionOperation)BinaryPrimitives.ReadInt32LittleEndian(payload[8..]);
        bool opens = operation == SessionOperation.Open;
        long number = BinaryPrimitives.ReadInt64LittleEndian(payload[24..]);
        header = new SessionHeader(
            BinaryPrimitives.ReadInt64LittleEndian(payload),
            operation,
            SessionId: BinaryPrimitives.ReadInt64LittleEndian(payload[16..]),
            Sequence: opens ? 0 : number,
            FirstUnsettled: BinaryPrimitives.ReadInt64LittleEndian(payload[32..]),
            TimeoutMilliseconds: opens ? number : 0,
            MaxSessions: BinaryPrimitives.ReadInt32LittleEndian(payload[12..]));
        return header.TimeMilliseconds >= 0 && operation switch
        {
            SessionOperation.Open => header.SessionId == 0 && header.TimeoutMilliseconds > 0 && header.MaxSessions > 0 && payload.Length == HeaderBytes,
            SessionOperation.Command => header.SessionId > 0 && IsWithinReach(header.Sequence, header.FirstUnsettled),
            SessionOperation.Keep or SessionOperation.Close => header.SessionId > 0 && header.Sequence == 0 && payload.Length == HeaderBytes,
            _ => false,
        };
    }

    /// <summary>True if a session has room for the answer to a sequence.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="firstUnsettled">The lowest sequence that is not settled.</param>
    public static bool IsWithinReach(long sequence, long firstUnsettled) => firstUnsettled > 0 && sequence >= firstUnsettled && sequence - firstUnsettled < MaxUnsettled;
}
