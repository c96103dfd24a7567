using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using RaftEngine.Log;
using RaftEngine.Tests.Exploration;

namespace RaftEngine.Tests.LogDump;

/// <summary>One damage to one file of a log, drawn from a seed: turned bits, ranges written over, a file cut off, grown or deleted.</summary>
/// <param name="File">The file.</param>
/// <param name="Before">What was in it.</param>
/// <param name="After">What is in it; null if it is deleted.</param>
/// <param name="What">What happened to it.</param>
internal sealed record DamagedCopy(string File, byte[] Before, byte[]? After, string What)
{
    /// <summary>The offset of the first byte that differs from an offset on; −1 if there is none. What is cut off differs, unless it was zero where only that counts.</summary>
    public int FirstDifference(int from, int to, bool isMissingZero = false)
    {
        for (int i = from; i < Math.Min(to, Before.Length); i++)
        {
            int now = After is null ? -1 : i < After.Length ? After[i] : isMissingZero ? 0 : -1;
            if (now != Before[i])
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Draws one.</summary>
    public static DamagedCopy Draw(IReadOnlyDictionary<string, byte[]> files, int seed)
    {
        Random random = new(seed);
        string[] names = [.. files.Keys.Where(name => files[name].Length > 0).Order(StringComparer.Ordinal)];
        string[] segments = [.. names.Where(static name => name.EndsWith(SegmentFormat.Extension, StringComparison.Ordinal))];
        string file = random.Next(3) == 0 ? names[random.Next(names.Length)] : segments[random.Next(segments.Length)];
        byte[] before = files[file];
        byte[] after = [.. before];
        int written = before.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        int at = random.Next(4) switch
        {
            0 => random.Next(before.Length),
            1 => random.Next(Math.Min(before.Length, SegmentFormat.HeaderBytes + 256)),
            2 => Math.Clamp(written - 200 + random.Next(300), 0, before.Length - 1),
            _ => random.Next(Math.Max(1, written)),
        };
        int length = Math.Min(before.Length - at, random.Next(3) == 0 ? random.Next(1, 9) : random.Next(1, 1500));
        string what;
        switch (random.Next(9))
        {
            case 0:
                return new DamagedCopy(file, before, null, "deleted");
            case 1:
                return new DamagedCopy(file, before, after[..at], Text($"cut off at {at}"));
            case 2:
                return new DamagedCopy(file, before, [.. after, .. new byte[length]], Text($"grown by {length}"));
            case 3:
                after.AsSpan(at, length).Clear();
                what = Text($"zeros from {at}, {length} bytes");
                break;
            case 4:
                random.NextBytes(after.AsSpan(at, length));
                what = Text($"random bytes from {at}, {length} bytes");
                break;
            case 5:
                int source = random.Next(before.Length - length + 1);
                before.AsSpan(source, length).CopyTo(after.AsSpan(at));
                what = Text($"from {at} on what stands at {source}, {length} bytes");
                break;
            default:
                after[at] ^= (byte)(1 << random.Next(8));
                what = Text($"a bit at {at}");
                break;
        }

        return new DamagedCopy(file, before, after, what);
    }

    /// <inheritdoc/>
    public override string ToString() => new StringBuilder(File).Append(": ").Append(What).ToString();

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
