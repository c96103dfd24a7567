using System;
using System.Text;

namespace RaftEngine.LogDump.Output;

/// <summary>Breaks text into lines, between words alone: a path or a number stays whole, and can be copied.</summary>
internal static class WordWrap
{
    /// <summary>Breaks one line; what is longer than the width by itself stays longer.</summary>
    /// <param name="text">The text, without line feeds.</param>
    /// <param name="width">The width of a line, in characters.</param>
    /// <param name="indent">What the lines behind the first one begin with.</param>
    public static string Break(string text, int width, string indent = "")
    {
        if (text.Length <= width)
        {
            return text;
        }

        StringBuilder broken = new(text.Length + 8);
        int used = 0;
        int lead = text.Length - text.TrimStart(' ').Length;
        foreach (string word in text[lead..].Split(' '))
        {
            bool fits = used + 1 + word.Length <= width;
            string before = broken.Length == 0 ? text[..lead] : fits ? " " : "\n" + indent;
            used = broken.Length == 0 ? lead + word.Length : fits ? used + 1 + word.Length : indent.Length + word.Length;
            broken.Append(before).Append(word);
        }

        return broken.ToString();
    }

    /// <summary>Breaks each line of a text; lines of an item stand below its first word.</summary>
    public static string BreakLines(string text, int width)
    {
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string item = lines[i].TrimStart(' ');
            int indent = lines[i].Length - item.Length;
            int mark = item.Length > 1 && (item[0] == '*' || char.IsAsciiDigit(item[0])) && indent > 0 ? item.IndexOf(' ') + 1 : 0;
            string spaces = new(' ', indent);
            lines[i] = Break(lines[i], Math.Max(20, width), spaces + new string(' ', mark));
        }

        return string.Join('\n', lines);
    }
}
