using System;
using System.Collections.Generic;
using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Report;

/// <summary>The timeline of terms: a row a term, or, of very many, a staircase; a dot is the no-op with which a leader began.</summary>
internal static class TermChart
{
    private const int MostRows = 16;
    private const double Left = 92;
    private const double Right = 984;
    private const double Width = 1064;
    private const double RowHeight = 26;

    public static void Draw(Markup page, IReadOnlyList<TermRun> terms, long firstIndex, long lastIndex)
    {
        bool isStaircase = terms.Count > MostRows;
        double height = isStaircase ? 240 : terms.Count * RowHeight;
        double scale = (Right - Left) / Math.Max(1, lastIndex - firstIndex + 1);
        double X(long index) => Left + ((index - firstIndex) * scale);
        page.Add($"<svg viewBox=\"0 0 {Width} {height + 34}\" role=\"img\" aria-label=\"terms\">");
        DrawAxis(page, firstIndex, lastIndex, height, X);
        for (int i = 0; i < terms.Count; i++)
        {
            TermRun term = terms[i];
            double y = isStaircase ? height - ((i + 1) * height / terms.Count) : i * RowHeight;
            double barHeight = isStaircase ? Math.Max(1.5, height / terms.Count) : 14;
            double top = isStaircase ? y : y + 6;
            double width = Math.Max(2.5, term.Records * scale);
            string range = $"index {Markup.Count(term.FirstIndex)} to {Markup.Count(term.LastIndex)}";
            string title = $"term {term.Term}: {range}, {Markup.Count(term.Records)} entries, {Markup.Size(term.RecordBytes)}";
            page.Add($"<rect x=\"{X(term.FirstIndex)}\" y=\"{top}\" width=\"{width}\" height=\"{barHeight}\" rx=\"{Math.Min(4, barHeight / 2)}\"");
            page.Add($" style=\"fill:var(--{(i % 2 == 0 ? "accent" : "accent2")})\"><title>{title}</title></rect>");
            if (!isStaircase)
            {
                DrawWords(page, term, y, X(term.LastIndex + 1), X(term.FirstIndex));
                DrawNoOp(page, term, y, X(Math.Max(term.NoOpIndex, firstIndex)));
            }
        }

        page.Raw("</svg>");
    }

    private static void DrawWords(Markup page, in TermRun term, double y, double end, double start)
    {
        page.Add($"<text class=\"strong\" x=\"0\" y=\"{y + 17}\">term {term.Term}</text>");
        bool isRoomBehind = end < Right - 90;
        if (isRoomBehind)
        {
            page.Add($"<text x=\"{end + 8}\" y=\"{y + 17}\">{Words(term.Records)}</text>");
        }
        else if (start > Left + 100)
        {
            page.Add($"<text x=\"{start - 12}\" y=\"{y + 17}\" text-anchor=\"end\">{Words(term.Records)}</text>");
        }
        else
        {
            page.Add($"<text x=\"{Right + 8}\" y=\"{y + 17}\">{Words(term.Records)}</text>");
        }
    }

    private static string Words(long records) => records < 10_000_000 ? Markup.Count(records) : Markup.Short(records);

    private static void DrawNoOp(Markup page, in TermRun term, double y, double x)
    {
        if (term.NoOpIndex != 0)
        {
            page.Add($"<circle cx=\"{x + 1}\" cy=\"{y + 13}\" r=\"5\" style=\"fill:var(--card);stroke:var(--accent);stroke-width:2.5\">");
            page.Add($"<title>the no-op of its leader: index {Markup.Count(term.NoOpIndex)}</title></circle>");
        }
    }

    private static void DrawAxis(Markup page, long firstIndex, long lastIndex, double height, Func<long, double> x)
    {
        double step = Math.Max(1, Markup.Step(lastIndex - firstIndex + 1, 6));
        for (double index = Math.Ceiling(firstIndex / step) * step; index <= lastIndex; index += step)
        {
            page.Add($"<line class=\"grid\" x1=\"{x((long)index)}\" x2=\"{x((long)index)}\" y1=\"0\" y2=\"{height + 4}\"/>");
            page.Add($"<text x=\"{x((long)index)}\" y=\"{height + 22}\" text-anchor=\"middle\">{Markup.Short(index)}</text>");
        }

        page.Add($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Right}\" y1=\"{height + 4}\" y2=\"{height + 4}\"/>");
        page.Add($"<text x=\"{0}\" y=\"{height + 22}\">index</text>");
    }
}
