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
    private const double Height = 240;

    public static void Draw(Markup page, IReadOnlyList<TermRun> terms, long firstIndex, long lastIndex)
    {
        double indexes = Math.Max(1, lastIndex - firstIndex + 1);
        if (terms.Count > MostRows)
        {
            DrawStaircase(page, terms, firstIndex, lastIndex);
            return;
        }

        page.Raw("<div class=\"bars\">");
        foreach (TermRun term in terms)
        {
            double left = 100 * (term.FirstIndex - firstIndex) / indexes;
            double width = Math.Max(0.5, 100 * term.Records / indexes);
            page.Add($"<div class=\"bar\"><span class=\"name\">term {term.Term}</span><span class=\"track\"><i style=\"left:{left}%;width:{width}%\">");
            page.Add($"{(term.NoOpIndex == 0 ? "" : "●")}</i></span><span class=\"count\">{Words(term.Records)} from {Markup.Count(term.FirstIndex)} on</span></div>");
        }

        page.Raw("</div>");
    }

    private static void DrawStaircase(Markup page, IReadOnlyList<TermRun> terms, long firstIndex, long lastIndex)
    {
        double scale = (Right - Left) / Math.Max(1, lastIndex - firstIndex + 1);
        double X(long index) => Left + ((index - firstIndex) * scale);
        page.Add($"<div class=\"scroll\"><svg class=\"wide\" viewBox=\"0 0 {Width} {Height + 34}\" role=\"img\" aria-label=\"terms\">");
        DrawAxis(page, firstIndex, lastIndex, Height, X);
        for (int i = 0; i < terms.Count; i++)
        {
            TermRun term = terms[i];
            double height = Math.Max(1.5, Height / terms.Count);
            double width = Math.Max(2.5, term.Records * scale);
            string range = $"index {Markup.Count(term.FirstIndex)} to {Markup.Count(term.LastIndex)}";
            string title = $"term {term.Term}: {range}, {Markup.Count(term.Records)} entries, {Markup.Size(term.RecordBytes)}";
            page.Add($"<rect x=\"{X(term.FirstIndex)}\" y=\"{Height - ((i + 1) * Height / terms.Count)}\" width=\"{width}\" height=\"{height}\"");
            page.Add($" style=\"fill:var(--{(i % 2 == 0 ? "accent" : "accent2")})\"><title>{title}</title></rect>");
        }

        page.Raw("</svg></div>");
    }

    private static string Words(long records) => records < 10_000_000 ? Markup.Count(records) : Markup.Short(records);

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
