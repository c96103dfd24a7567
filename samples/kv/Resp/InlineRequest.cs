using System;

namespace RaftEngine.Samples.Kv.Resp;

/// <summary>
/// A request as one line of words, as people type it. Words are parted by white space; quotes keep it, and may begin in
/// the middle of a word. In double quotes a backslash makes
/// <c>\n \r \t \b \a \xHH</c> of what follows; in single quotes only <c>\'</c>.
/// </summary>
internal static class InlineRequest
{
    /// <summary>Splits a line.</summary>
    /// <param name="line">The line, without its end.</param>
    /// <param name="words">Takes the bytes of all words, one behind the other; at least as long as the line.</param>
    /// <param name="arguments">Takes their places.</param>
    /// <returns>False if quotes are not closed, or something follows a closing quote.</returns>
    public static bool TrySplit(ReadOnlySpan<byte> line, Span<byte> words, RespArguments arguments)
    {
        int position = 0;
        int written = 0;
        while (true)
        {
            while (position < line.Length && IsSpace(line[position]))
            {
                position++;
            }

            if (position == line.Length)
            {
                return true;
            }

            int start = written;
            if (!TryReadWord(line, ref position, words, ref written))
            {
                return false;
            }

            arguments.Add(start, written - start);
        }
    }

    private static bool TryReadWord(ReadOnlySpan<byte> line, ref int position, Span<byte> words, ref int written)
    {
        byte quote = 0;
        while (position < line.Length)
        {
            byte b = line[position];
            if (quote == 0 && (b is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
            {
                return true;
            }

            if (quote == 0 && (b is (byte)'"' or (byte)'\''))
            {
                quote = b;
                position++;
            }
            else if (quote != 0 && b == quote)
            {
                position++;
                return position == line.Length || IsSpace(line[position]);
            }
            else
            {
                words[written++] = ReadByte(line, ref position, quote);
            }
        }

        return quote == 0;
    }

    private static byte ReadByte(ReadOnlySpan<byte> line, ref int position, byte quote)
    {
        ReadOnlySpan<byte> rest = line[position..];
        if (quote == (byte)'"' && rest.Length >= 4 && rest[0] == (byte)'\\' && rest[1] == (byte)'x'
            && char.IsAsciiHexDigit((char)rest[2]) && char.IsAsciiHexDigit((char)rest[3]))
        {
            position += 4;
            return (byte)((Convert.ToInt32(((char)rest[2]).ToString(), 16) << 4) | Convert.ToInt32(((char)rest[3]).ToString(), 16));
        }

        bool isEscape = rest.Length >= 2 && rest[0] == (byte)'\\' && (quote == (byte)'"' || (quote == (byte)'\'' && rest[1] == (byte)'\''));
        if (!isEscape)
        {
            position++;
            return rest[0];
        }

        position += 2;
        return rest[1] switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            (byte)'b' => (byte)'\b',
            (byte)'a' => 7,
            byte other => other,
        };
    }

    private static bool IsSpace(byte b) => b is (byte)' ' or (>= 9 and <= 13);
}
