using System.Collections.Generic;
using System.Linq;
using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Report;

/// <summary>The damage map: a bar a segment, its stretches to scale; what is small is drawn wide enough to be seen.</summary>
internal static class SegmentChart
{
    private const double Left = 176;
    private const double Width = 1064;
    private const double RowHeight = 30;
    private const double LeastWidth = 1;
    private const double LeastDamageWidth = 5;

    private static readonly (ExtentKind Kind, string Name)[] Legend =
    [
        (ExtentKind.Ok, "whole"), (ExtentKind.Unsynced, "whole, not known to be synced"), (ExtentKind.Slack, "slack"), (ExtentKind.Stale, "left by an earlier life of the file"),
        (ExtentKind.Torn, "torn"), (ExtentKind.Damaged, "damaged"), (ExtentKind.BrokenChain, "broken chain"), (ExtentKind.Detached, "whole, behind damage"),
    ];

    public static void Draw(Markup page, IReadOnlyList<SegmentPicture> pictures)
    {
        page.Add($"<svg viewBox=\"0 0 {Width} {(pictures.Count * RowHeight) + 4}\" role=\"img\" aria-label=\"segments\">");
        long longest = 1;
        foreach (SegmentPicture picture in pictures)
        {
            longest = System.Math.Max(longest, picture.Length);
        }

        for (int i = 0; i < pictures.Count; i++)
        {
            DrawRow(page, pictures[i], i * RowHeight, longest, i);
        }

        page.Raw("</svg><div class=\"legend\">");
        foreach ((ExtentKind kind, string name) in Legend.Where(entry => entry.Kind is ExtentKind.Ok or ExtentKind.Slack || Has(pictures, entry.Kind)))
        {
            page.Add($"<span><i style=\"--c:var(--{ColorOf(kind)})\"></i>{name}</span>");
        }

        page.Raw("</div>");
    }

    private static bool Has(IReadOnlyList<SegmentPicture> pictures, ExtentKind kind) =>
        pictures.Any(picture => picture.Extents.Any(extent => extent.Kind == kind));

    private static void DrawRow(Markup page, SegmentPicture picture, double y, long longest, int row)
    {
        double scale = (Width - Left) / longest;
        page.Add($"<text class=\"strong\" x=\"0\" y=\"{y + 19}\">{picture.Name.Replace(".segment", "", System.StringComparison.Ordinal)}</text>");
        page.Add($"<clipPath id=\"s{row}\"><rect x=\"{Left}\" y=\"{y + 5}\" width=\"{picture.Length * scale}\" height=\"20\" rx=\"5\"/></clipPath><g clip-path=\"url(#s{row})\">");
        foreach (Extent extent in picture.Extents.OrderBy(static extent => extent.Kind)) // damage over everything else
        {
            double least = extent.Kind >= ExtentKind.BrokenChain ? LeastDamageWidth : extent.Kind >= ExtentKind.Header ? LeastWidth : 0;
            double width = System.Math.Max(extent.Length * scale, least);
            page.Add($"<rect x=\"{Left + (extent.Offset * scale)}\" y=\"{y + 5}\" width=\"{width}\" height=\"20\" style=\"fill:var(--{ColorOf(extent.Kind)})\">");
            page.Add($"<title>{Title(extent)}</title></rect>");
        }

        page.Raw("</g>");
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
