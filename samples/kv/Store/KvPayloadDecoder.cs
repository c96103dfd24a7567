using System;
using System.Globalization;
using System.Text;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>Tells what a command in the log says, in the words of the commands that clients send: <c>SET key value</c>. Long and unprintable values
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
            && TryTell(text, kind, flags, ref reader)
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
            default:
                return false;
        }
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

        return true;
    }
}
