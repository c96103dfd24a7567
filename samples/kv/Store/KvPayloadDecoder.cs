using System;
using System.Globalization;
using System.Text;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>Tells what a command in the log says, in the words of the commands that clients send: <c>SET key value</c>.
/// Long and unprintable values
/// are shortened and escaped.</summary>
internal sealed class KvPayloadDecoder : ILogPayloadDecoder
{
    private const int MostBytesShown = 64;
    private const string Malformed = "malformed";

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<byte> command)
    {
        StringBuilder text = new();
        return KvCommandReader.TryOpen(command, out KvCommandKind kind, out KvCommandFlags flags, out KvCommandReader reader)
            && (kind is KvCommandKind.Call or KvCommandKind.Transaction or KvCommandKind.Stamp
                ? TryTellTimed(text, command, kind, flags, ref reader)
                : TryTell(text, kind, flags, ref reader))
            && reader.AtEnd
            ? text.ToString()
            : Malformed;
    }

    private static bool TryTell(StringBuilder text, KvCommandKind kind, KvCommandFlags flags, ref KvCommandReader reader)
    {
        switch (kind)
        {
            case KvCommandKind.Set:
                text.Append("SET");
                return TryTellBytes(text, ref reader) && TryTellBytes(text, ref reader) && TryTellFlags(text, flags, ref reader);
            case KvCommandKind.Delete:
                text.Append("DEL");
                return TryTellMany(text, fieldsEach: 1, ref reader);
            case KvCommandKind.IncrementBy:
                text.Append("INCRBY");
                if (!reader.TryReadSigned(out long delta) || !TryTellBytes(text, ref reader))
                {
                    return false;
                }

                text.Append(CultureInfo.InvariantCulture, $" {delta}");
                return true;
            case KvCommandKind.Append:
                text.Append("APPEND");
                return TryTellBytes(text, ref reader) && TryTellBytes(text, ref reader);
            case KvCommandKind.SetMany:
                text.Append("MSET");
                return TryTellMany(text, fieldsEach: 2, ref reader);
            case KvCommandKind.Member:
                bool told = KvMember.TryRead(ref reader, out KvMember member);
                text.Append(told ? $"RAFT.ADD {member.Id} {member.Address} {member.ClientAddress}" : string.Empty);
                return told;
            default:
                return false;
        }
    }

    private static bool TryTellTimed(StringBuilder text, ReadOnlySpan<byte> command, KvCommandKind kind, KvCommandFlags flags, ref KvCommandReader reader)
    {
        if (!reader.TryReadStamp(flags, out KvStamp stamp))
        {
            return false;
        }

        bool told = kind switch
        {
            KvCommandKind.Call => TryTellCall(text, command, ref reader),
            KvCommandKind.Transaction => TryTellTransaction(text, command, ref reader),
            KvCommandKind.Stamp => true,
            _ => false,
        };
        text.Append(stamp.Term == 0 ? string.Empty : text.Length == 0 ? "at " : ", at ");
        text.Append(stamp.Term == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"{stamp.Elapsed} ms (Unix {stamp.Unix} ms) of term {stamp.Term}"));
        return told;
    }

    private static bool TryTellTransaction(StringBuilder text, ReadOnlySpan<byte> command, ref KvCommandReader reader)
    {
        if (!reader.TryReadVarint(out ulong watches))
        {
            return false;
        }

        for (; watches > 0; watches--)
        {
            text.Append(text.Length == 0 ? "WATCH" : ", WATCH");
            if (!reader.TryReadByte(out byte database) || !reader.TryReadVarint(out ulong version) || !TryTellBytes(text, ref reader))
            {
                return false;
            }

            text.Append(CultureInfo.InvariantCulture, $" of database {database}, version {version}");
        }

        if (!reader.TryReadVarint(out ulong calls))
        {
            return false;
        }

        text.Append(text.Length == 0 ? "MULTI" : ", MULTI");
        bool told = true;
        for (; told && calls > 0; calls--)
        {
            text.Append(", ");
            told = TryTellCall(text, command, ref reader);
        }

        return told;
    }

    private static bool TryTellCall(StringBuilder text, ReadOnlySpan<byte> command, ref KvCommandReader reader)
    {
        (int Offset, int Length)[] places = [];
        if (!reader.TryReadCall(command, out byte database, out KvOperation operation, ref places, out int count))
        {
            return false;
        }

        text.Append(database == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"[{database}] "));
        text.Append(operation.ToString().ToUpperInvariant());
        for (int i = 1; i < count; i++)
        {
            TellBytes(text, command.Slice(places[i].Offset, places[i].Length));
        }

        return true;
    }

    private static bool TryTellFlags(StringBuilder text, KvCommandFlags flags, ref KvCommandReader reader)
    {
        text.Append((flags & KvCommandFlags.IfMissing) != 0 ? " NX" : string.Empty);
        text.Append((flags & KvCommandFlags.IfPresent) != 0 ? " XX" : string.Empty);
        text.Append((flags & KvCommandFlags.ReturnOld) != 0 ? " GET" : string.Empty);
        if ((flags & KvCommandFlags.IfEqual) == 0)
        {
            return true;
        }

        text.Append(" IFEQ");
        return TryTellBytes(text, ref reader);
    }

    private static bool TryTellMany(StringBuilder text, ulong fieldsEach, ref KvCommandReader reader)
    {
        if (!reader.TryReadVarint(out ulong count) || count > int.MaxValue || !reader.HoldsExactly(count * fieldsEach))
        {
            return false;
        }

        while (!reader.AtEnd && TryTellBytes(text, ref reader))
        {
        }

        return true;
    }

    private static bool TryTellBytes(StringBuilder text, ref KvCommandReader reader)
    {
        if (!reader.TryReadBytes(out ReadOnlySpan<byte> bytes))
        {
            return false;
        }

        TellBytes(text, bytes);
        return true;
    }

    private static void TellBytes(StringBuilder text, ReadOnlySpan<byte> bytes)
    {
        text.Append(' ');
        bool isPlain = !bytes.IsEmpty && bytes.IndexOfAnyExceptInRange((byte)0x21, (byte)0x7E) < 0 && !bytes.Contains((byte)'"');
        text.Append(isPlain ? string.Empty : "\"");
        foreach (byte value in bytes[..Math.Min(MostBytesShown, bytes.Length)])
        {
            if (value is (byte)'"' or (byte)'\\' && !isPlain)
            {
                text.Append('\\').Append((char)value);
            }
            else if (value is >= 0x20 and <= 0x7E)
            {
                text.Append((char)value);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
            }
        }

        text.Append(isPlain ? string.Empty : "\"");
        if (bytes.Length > MostBytesShown)
        {
            text.Append(CultureInfo.InvariantCulture, $"... ({bytes.Length} bytes)");
        }
    }
}
