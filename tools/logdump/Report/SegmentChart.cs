using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Report;

/// <summary>The damage map: a bar a segment, its stretches to scale; what is small is drawn wide enough to be seen.
/// Runs of whole segments share a bar.</summary>
internal static class SegmentChart
{
    private const double Width = 1000;
    private const double LeastWidth = 1;
    private const double LeastDamageWidth = 8;

    private static readonly (ExtentKind Kind, string Name)[] Legend =
    [
        (ExtentKind.Ok, "whole"), (ExtentKind.Unsynced, "whole, not known to be synced"), (ExtentKind.Slack, "slack"), (ExtentKind.Stale, "left by an earlier life of the file"),
        (ExtentKind.Torn, "torn"), (ExtentKind.Damaged, "damaged"), (ExtentKind.BrokenChain, "broken chain"), (ExtentKind.Detached, "whole, behind damage"),
    ];

    public static void Draw(Markup page, IReadOnlyList<SegmentPicture> pictures)
    {
        long longest = pictures.Select(static picture => picture.Length).Append(1).Max();
        page.Raw("<div class=\"bars\">");
        foreach (Range range in SegmentRuns.Of(pictures.Count, i => pictures[i].IsWhole))
        {
            (int first, int count) = range.GetOffsetAndLength(pictures.Count);
            if (count == 1)
            {
                DrawOne(page, pictures[first], longest);
            }
            else
            {
                DrawRun(page, pictures, first, first + count - 1);
            }
        }

        page.Raw("</div><div class=\"legend\">");
        foreach ((ExtentKind kind, string name) in Legend.Where(entry => entry.Kind is ExtentKind.Ok or ExtentKind.Slack || Has(pictures, entry.Kind)))
        {
            page.Add($"<span><i style=\"--c:var(--{ColorOf(kind)})\"></i>{name}</span>");
        }

        page.Raw("</div>");
    }

    private static bool Has(IReadOnlyList<SegmentPicture> pictures, ExtentKind kind) =>
        pictures.Any(picture => picture.Extents.Any(extent => extent.Kind == kind));

    private static void DrawRun(Markup page, IReadOnlyList<SegmentPicture> pictures, int first, int last)
    {
        long lastIndex = pictures[last].Extents.Max(static extent => extent.LastIndex);
        long bytes = Enumerable.Range(first, last - first + 1).Sum(i => pictures[i].Length);
        page.Add($"<div class=\"bar\"><span class=\"name\">{Short(pictures[first].Name)} to {Markup.Count(lastIndex)}</span>");
        page.Add($"<span class=\"run\">{last - first + 1} segments, {Markup.Size(bytes)}, all whole</span></div>");
    }

    private static void DrawOne(Markup page, SegmentPicture picture, long longest)
    {
        double scale = Width / longest;
        page.Add($"<div class=\"bar\"><span class=\"name\">{Short(picture.Name)}</span>");
        page.Add($"<svg viewBox=\"0 0 {Width} 20\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{picture.Name}\">");
        foreach (Extent extent in picture.Extents.OrderBy(static extent => extent.Kind)) // damage over everything else
        {
            double least = extent.Kind >= ExtentKind.BrokenChain ? LeastDamageWidth : extent.Kind >= ExtentKind.Header ? LeastWidth : 0;
            double width = Math.Max(extent.Length * scale, least);
            page.Add($"<rect x=\"{Math.Min(extent.Offset * scale, Width - least)}\" y=\"0\" width=\"{width}\" height=\"20\" style=\"fill:var(--{ColorOf(extent.Kind)})\">");
            page.Add($"<title>{Title(extent)}</title></rect>");
        }

        page.Raw("</svg></div>");
    }

    // A segment's name is its first index, with zeros before it.
    private static string Short(string name)
    {
        string digits = name.Replace(".segment", "", StringComparison.Ordinal).TrimStart('0');
        return long.TryParse(digits, out long first) ? Markup.Count(first) : name;
    }

    private static string Title(in Extent extent)
    {
        string indexes = extent.FirstIndex == 0 ? "" : $", index {Markup.Count(extent.FirstIndex)} to {Markup.Count(extent.LastIndex)}";
        return $"{extent.Kind}: offset {Markup.Count(extent.Offset)}, {Markup.Size(extent.Length)}{indexes}{(extent.What is null ? "" : ". " + extent.What)}";
    }

    private static string ColorOf(ExtentKind kind) => kind switch
    {
        ExtentKind.Slack => "slack",
        ExtentKind.Stale => "stale",
        ExtentKind.Header or ExtentKind.Mark => "header",
        ExtentKind.Ok => "ok",
        ExtentKind.Unsynced => "unsynced",
        ExtentKind.Torn => "torn",
        ExtentKind.Detached => "detached",
        ExtentKind.BrokenChain => "broken",
        _ => "bad",
    };
}
