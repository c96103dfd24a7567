using System;

namespace RaftEngine.LogDump.Output;

/// <summary>Bars of block characters, to an eighth of a character.</summary>
internal static class Bars
{
    private const string Eighths = " ▏▎▍▌▋▊▉█";

    /// <summary>A bar for a part of a whole; whatever is more than nothing can be seen.</summary>
    public static string Of(long part, long whole, int width)
    {
        if (part <= 0 || whole <= 0)
        {
            return "";
        }

        long eighths = Math.Max(1, (long)(part / (double)whole * width * 8));
        int full = (int)Math.Min(width, eighths / 8);
        return new string('█', full) + (full < width && eighths % 8 > 0 ? Eighths[(int)(eighths % 8)] : "");
    }
}
