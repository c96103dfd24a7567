using System;
using System.Text;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.LogDump.Output;

/// <summary>What a payload is, in one line of text.</summary>
internal static class PayloadPreview
{
    /// <summary>Room for any preview, in bytes.</summary>
    public const int MaxBytes = 2048;

    private const int TextBytes = 48;

    /// <summary>Writes the preview of a record's payload: the members of a configuration, the operation of a session, the start of anything else.</summary>
    /// <param name="record">The record.</param>
    /// <param name="destination">Room for <see cref="MaxBytes"/>.</param>
    /// <returns>How many bytes of UTF-8 it took.</returns>
    public static int Write(in LogRecord record, Span<byte> destination)
    {
        if (record.Kind == EntryKind.Configuration && record.Configuration is { } members)
        {
            return Encoding.UTF8.GetBytes($"members {members}", destination);
        }

        if (record.Kind == EntryKind.Session && SessionFormat.TryRead(record.Payload, out SessionHeader header))
        {
            int length = WriteSession(record, header, destination);
            return length + (header.Operation == SessionOperation.Command ? WriteStart(record.Payload[SessionFormat.HeaderBytes..], destination[length..]) : 0);
        }

        if (record.Kind == EntryKind.Fingerprint && FingerprintFormat.TryRead(record.Payload, out long index, out ulong fingerprint))
        {
            return index == 0
                ? Encoding.UTF8.GetBytes("all replicas take theirs here", destination)
                : Encoding.UTF8.GetBytes($"leader's at {index}: {fingerprint:x16}", destination);
        }

        return WriteStart(record.Payload, destination);
    }

    /// <summary>The start of a payload, one character a byte: what is not printable ASCII is a dot.</summary>
    public static int WriteStart(ReadOnlySpan<byte> payload, Span<byte> destination)
    {
        int length = Math.Min(TextBytes, payload.Length);
        ReadOnlySpan<byte> start = payload[..length];
        start.CopyTo(destination);
        int odd = start.IndexOfAnyExceptInRange((byte)0x20, (byte)0x7E);
        for (int i = odd < 0 ? length : odd; i < length; i++)
        {
            destination[i] = start[i] is >= 0x20 and < 0x7F ? start[i] : (byte)'.';
        }

        if (payload.Length <= TextBytes)
        {
            return length;
        }

        "…"u8.CopyTo(destination[length..]);
        return length + 3;
    }

    private static int WriteSession(in LogRecord record, in SessionHeader header, Span<byte> destination)
    {
        int at = 0;
        switch (header.Operation)
        {
            case SessionOperation.Open:
                Word("open session "u8, destination, ref at);
                Number(record.Index, destination, ref at);
                Word(" for "u8, destination, ref at);
                Number(header.TimeoutMilliseconds, destination, ref at);
                Word(" ms"u8, destination, ref at);
                break;
            case SessionOperation.Command:
                Word("session "u8, destination, ref at);
                Number(header.SessionId, destination, ref at);
                Word(" #"u8, destination, ref at);
                Number(header.Sequence, destination, ref at);
                Word(": "u8, destination, ref at);
                break;
            default:
                Word(header.Operation == SessionOperation.Keep ? "keep session "u8 : "close session "u8, destination, ref at);
                Number(header.SessionId, destination, ref at);
                break;
        }

        return at;
    }

    private static void Word(ReadOnlySpan<byte> word, Span<byte> destination, ref int at)
    {
        word.CopyTo(destination[at..]);
        at += word.Length;
    }

    private static void Number(long value, Span<byte> destination, ref int at)
    {
        value.TryFormat(destination[at..], out int written);
        at += written;
    }
}
