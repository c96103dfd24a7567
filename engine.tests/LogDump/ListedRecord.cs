using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using RaftEngine.LogDump.Output;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.LogDump;

/// <summary>A line of <c>logdump list</c>, as a script would take it apart: columns between spaces, the payload's start being the rest of the line.</summary>
internal sealed record ListedRecord(long Index, long Term, EntryKind Kind, int PayloadBytes, string Segment, int Offset, ulong Chain, string Preview)
{
    private static readonly string[] Heading = ["index", "term", "kind", "bytes", "segment", "offset", "chain", "payload"];

    /// <summary>Takes a whole output apart; the first line must be the heading.</summary>
    public static List<ListedRecord> ParseAll(string output)
    {
        string[] lines = output.Split(Environment.NewLine);
        if (lines.Length < 2 || !lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).SequenceEqual(Heading) || lines[^1].Length != 0)
        {
            throw new FormatException($"No heading, or no end of the last line: {output}");
        }

        return [.. lines[1..^1].Select(Parse)];
    }

    private static ListedRecord Parse(string line)
    {
        string rest = line;
        string Next()
        {
            string[] parts = rest.TrimStart(' ').Split(' ', 2);
            rest = parts[1];
            return parts[0];
        }

        CultureInfo culture = CultureInfo.InvariantCulture;
        return new ListedRecord(
            long.Parse(Next(), culture),
            long.Parse(Next(), culture),
            KindNames.Parse(Next()),
            int.Parse(Next(), culture),
            Next(),
            int.Parse(Next(), culture),
            ulong.Parse(Next(), NumberStyles.HexNumber, culture),
            rest);
    }
}
