using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Report;

/// <summary>How the log has grown: by its own time, if there are session entries to tell it, otherwise by when its segments were begun.</summary>
internal static class GrowthChart
{
    private const double Left = 62;
    private const double Width = 520;
    private const double Height = 210;

    /// <summary>The points to draw: seconds, bytes. Empty if nothing tells.</summary>
    public static (double Seconds, double Bytes)[] PointsOf(LogSurvey survey, ImmutableArray<SegmentFacts> segments,
        out bool isLogTime)
    {
        IReadOnlyList<GrowthPoint> points = survey.Growth.Points;
        isLogTime = points.Count > 1 && points[^1].TimeMilliseconds > points[0].TimeMilliseconds;
        if (isLogTime)
        {
            return [.. points.Select(point => ((point.TimeMilliseconds - points[0].TimeMilliseconds) / 1000.0, (double)point.RecordBytes))];
        }

        if (segments.Length < 2)
        {
            return [];
        }

        double bytes = 0;
        List<(double, double)> made = [];
        foreach (SegmentFacts segment in segments)
        {
            made.Add(((segment.Segment.Created - segments[0].Segment.Created).TotalSeconds, bytes));
            bytes += segment.RecordBytes;
        }

        return [.. made];
    }

    public static void Draw(Markup page, (double Seconds, double Bytes)[] points)
    {
        double seconds = Math.Max(0.001, points[^1].Seconds);
        double bytes = Math.Max(1, points[^1].Bytes);
        double X(double value) => Left + (value / seconds * (Width - Left - 6));
        double Y(double value) => Height - (value / bytes * (Height - 20));
        page.Add($"<svg viewBox=\"0 0 {Width} {Height + 40}\" role=\"img\" aria-label=\"growth\">");
        double unit = Math.Pow(1024, Math.Floor(Math.Log(Math.Max(bytes, 1024), 1024)));
        for (double line = 0; line <= bytes; line += Markup.Step(bytes / unit, 6) * unit)
        {
            page.Add($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width}\" y1=\"{Y(line)}\" y2=\"{Y(line)}\"/>");
            page.Add($"<text x=\"{Left - 8}\" y=\"{Y(line) + 4}\" text-anchor=\"end\">{Markup.Size(line).Replace(".0 ", " ", StringComparison.Ordinal)}</text>");
        }

        for (double tick = 0; tick <= seconds; tick += Markup.Step(seconds, 5))
        {
            page.Add($"<text x=\"{X(tick)}\" y=\"{Height + 18}\" text-anchor=\"middle\">{Duration(tick, seconds)}</text>");
        }

        Markup path = new();
        foreach ((double at, double value) in points)
        {
            path.Add($" {X(at)},{Y(value)}");
        }

        page.Add($"<polygon points=\"{Left},{Height}").Raw(path.ToString()).Add($" {X(seconds)},{Height}\" style=\"fill:var(--fill)\"/>");
        page.Raw("<polyline points=\"").Raw(path.ToString()).Raw("\" style=\"fill:none;stroke:var(--accent);stroke-width:2;stroke-linejoin:round\"/>");
        page.Add($"<circle cx=\"{X(seconds)}\" cy=\"{Y(bytes)}\" r=\"4\" style=\"fill:var(--accent)\"/>");
        page.Add($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Width}\" y1=\"{Height}\" y2=\"{Height}\"/></svg>");
    }

    private static string Duration(double seconds, double whole) => whole switch
    {
        >= 2 * 86400 => $"{seconds / 86400:0.#} d",
        >= 2 * 3600 => $"{seconds / 3600:0.#} h",
        >= 2 * 60 => $"{seconds / 60:0.#} min",
        >= 2 => $"{seconds:0.##} s",
        _ => $"{seconds * 1000:0.#} ms",
    };
}
