using System;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>The patterns of KEYS and SCAN: <c>*</c>, <c>?</c>, <c>[a-z]</c>, <c>[^a]</c> and <c>\</c>, compared byte by
/// byte.</summary>
internal static class GlobPattern
{
    /// <summary>True if the pattern matches the whole text. A star is tried once for each place, without recursion: no
    /// pattern takes longer than pattern times text.</summary>
    public static bool IsMatch(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> text, bool ignoreCase = false)
    {
        int p = 0;
        int t = 0;
        int star = -1;
        int starText = 0;
        while (true)
        {
            if (p < pattern.Length && pattern[p] == (byte)'*')
            {
                star = ++p;
                starText = t;
                continue;
            }

            if (t == text.Length)
            {
                return p == pattern.Length || (p < pattern.Length && pattern[p..].IndexOfAnyExcept((byte)'*') < 0);
            }

            int next = p;
            if (p < pattern.Length && MatchesOne(pattern, ref next, text[t], ignoreCase))
            {
                p = next;
                t++;
                continue;
            }

            if (star < 0)
            {
                return false;
            }

            p = star;
            t = ++starText;
        }
    }

    private static bool MatchesOne(ReadOnlySpan<byte> pattern, ref int p, byte b, bool ignoreCase)
    {
        byte first = pattern[p++];
        switch (first)
        {
            case (byte)'?':
                return true;
            case (byte)'[':
                return MatchesClass(pattern, ref p, b, ignoreCase);
            case (byte)'\\' when p < pattern.Length:
                return Equal(pattern[p++], b, ignoreCase);
            default:
                return Equal(first, b, ignoreCase);
        }
    }

    private static bool MatchesClass(ReadOnlySpan<byte> pattern, ref int p, byte b, bool ignoreCase)
    {
        bool inverted = p < pattern.Length && pattern[p] == (byte)'^';
        p += inverted ? 1 : 0;
        bool found = false;
        while (p < pattern.Length && pattern[p] != (byte)']')
        {
            if (pattern[p] == (byte)'\\' && p + 1 < pattern.Length)
            {
                found |= Equal(pattern[p + 1], b, ignoreCase);
                p += 2;
            }
            else if (p + 2 < pattern.Length && pattern[p + 1] == (byte)'-')
            {
                byte low = Math.Min(Fold(pattern[p], ignoreCase), Fold(pattern[p + 2], ignoreCase));
                byte high = Math.Max(Fold(pattern[p], ignoreCase), Fold(pattern[p + 2], ignoreCase));
                byte folded = Fold(b, ignoreCase);
                found |= folded >= low && folded <= high;
                p += 3;
            }
            else
            {
                found |= Equal(pattern[p++], b, ignoreCase);
            }
        }

        p += p < pattern.Length ? 1 : 0;
        return found != inverted;
    }

    private static bool Equal(byte a, byte b, bool ignoreCase) => Fold(a, ignoreCase) == Fold(b, ignoreCase);

    private static byte Fold(byte b, bool ignoreCase) => ignoreCase && b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
}
