using System.Linq;
using RaftEngine.Log;
using RaftEngine.LogDump.Reading;
using RaftEngine.Protocol;

namespace RaftEngine.LogDump.Report;

/// <summary>The page: all in one file, without scripts, and without anything from elsewhere.</summary>
internal static class ReportPage
{
    private static readonly (EntryKind Kind, string Name, string Color)[] Kinds =
    [
        (EntryKind.Command, "commands", "accent"),
        (EntryKind.Session, "commands of sessions, and sessions", "accent2"),
        (EntryKind.Configuration, "configurations", "unsynced"),
        (EntryKind.NoOp, "no-ops of leaders", "header"),
    ];

    public static string Of(ReportData data)
    {
        Markup page = new();
        LogInspector inspector = data.Found.Inspector;
        page.Raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
        page.Add($"<title>Raft log of node {inspector.Owner.NodeId}</title>\n<style>\n").Raw(ReportStyle.Css).Raw("\n</style>\n</head>\n<body>\n<main>\n");
        WriteHead(page, data);
        WriteFigures(page, data);
        ReportFindings.Write(page, data);
        page.Raw("<section class=\"card\"><h2>Segments, to scale</h2><p class=\"note\">").Raw(MapNote(data)).Raw("</p>");
        SegmentChart.Draw(page, data.Pictures);
        page.Raw("</section>\n");
        if (data.Survey.Terms.Count > 0)
        {
            WriteTerms(page, data);
        }

        WriteShapes(page, data);
        WriteKinds(page, data);
        ReportTables.Write(page, data);
        page.Add($"<footer>logdump report of <code>{inspector.Path}</code>, made {data.Made.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC.</footer>\n");
        return page.Raw("</main>\n</body>\n</html>\n").ToString();
    }

    private static void WriteHead(Markup page, ReportData data)
    {
        LogOwner owner = data.Found.Inspector.Owner;
        bool isWarned = data.Found.Findings.Count > 0;
        (string Class, string Words) verdict = data.Found.IsDamaged ? ("damaged", "Damaged")
            : isWarned ? ("warned", "Clean, with warnings")
            : ("clean", "Clean: every record verified");
        page.Add($"<header><div><h1>Raft log of node {owner.NodeId}</h1>");
        page.Add($"<p class=\"soft\">cluster <code>{owner.ClusterId}</code>, group {owner.GroupId}</p></div>");
        page.Add($"<span class=\"verdict {verdict.Class}\">{verdict.Words}</span></header>\n");
    }

    private static void WriteFigures(Markup page, ReportData data)
    {
        LogVerification log = data.Found.Log;
        HardState state = data.Found.Inspector.HardState;
        page.Raw("<div class=\"cards\">");
        string range = log.LastIndex < log.FirstIndex ? "" : $", {Markup.Count(log.FirstIndex)} to {Markup.Count(log.LastIndex)}";
        Figure(page, Markup.Count(data.Survey.Sizes.Count), "entries" + range + (log.Damage is null ? "" : ", before the damage"));
        Figure(page, Markup.Size(log.RecordBytes), $"of records in {data.Segments.Length} {(data.Segments.Length == 1 ? "segment" : "segments")}");
        Figure(page, Markup.Count(state.Term), state.Vote == 0 ? "current term, no vote given" : $"current term, vote for node {state.Vote}");
        Figure(page, Markup.Size(data.Survey.Sizes.TotalBytes / (double)System.Math.Max(1, data.Survey.Sizes.Count)), "mean payload");
        page.Add($"</div>\n<section class=\"card\"><dl><dt>fingerprint at {Markup.Count(log.LastIndex)}</dt><dd><code>{log.Fingerprint:x16}</code></dd>");
        page.Add($"<dt>log id</dt><dd><code>{data.Found.Inspector.Owner.LogId}</code></dd>");
        long unsynced = log.LastSegmentEnd - log.SyncedThrough;
        string mark = unsynced == 0 ? ": all of it" : $", {Markup.Size(unsynced)} before the end";
        page.Add($"<dt>durable mark</dt><dd>{(log.Damage is null ? $"offset {Markup.Count(log.SyncedThrough)} of the last segment{mark}" : "behind the damage")}</dd>");
        page.Add($"<dt>hard state</dt><dd>saved {Markup.Count(data.Found.Inspector.HardStateSequence)} times, ");
        page.Add($"recovered {data.Found.Inspector.Recoveries} times after a lost quorum</dd></dl></section>\n");
    }

    private static void Figure(Markup page, string value, string what) => page.Add($"<div class=\"card figure\"><b>{value}</b><span>{what}</span></div>");

    private static string MapNote(ReportData data)
    {
        int hidden = data.Segments.Length - data.Pictures.Count;
        string shown = hidden > 0 ? $" Of {Markup.Count(data.Segments.Length)} segments the first, the last and the damaged ones are drawn." : "";
        string read = data.Found.IsDamaged
            ? "Every record was read. What is damaged is drawn wide enough to be seen."
            : "Every record was read, and its checksum continues the one before it.";
        return read + shown;
    }

    private static void WriteTerms(Markup page, ReportData data)
    {
        LogVerification log = data.Found.Log;
        string count = data.Survey.TermCount == 1 ? "One term holds entries." : $"{Markup.Count(data.Survey.TermCount)} terms hold entries.";
        page.Add($"<section class=\"card\"><h2>Terms</h2><p class=\"note\">{count} A circle is the no-op with which a leader began.</p>");
        TermChart.Draw(page, data.Survey.Terms, data.Survey.Terms[0].FirstIndex, log.LastIndex);
        page.Raw("</section>\n");
    }

    private static void WriteShapes(Markup page, ReportData data)
    {
        page.Raw("<div class=\"two\">");
        string empty = data.Survey.Sizes.CountOf(0) == 0 ? "" : $"; {Markup.Count(data.Survey.Sizes.CountOf(0))} without any are left out";
        page.Add($"<section class=\"card\"><h2>Sizes</h2><p class=\"note\">Entries by payload. The largest has {Markup.Count(data.Survey.Sizes.Largest)} bytes{empty}.</p>");
        SizeChart.Draw(page, data.Survey.Sizes);
        page.Raw("</section>");
        (double, double)[] points = GrowthChart.PointsOf(data, out bool isLogTime);
        string axis = isLogTime ? "Bytes of records over the log's own time." : "Bytes of records by when segments were begun.";
        page.Add($"<section class=\"card\"><h2>Growth</h2><p class=\"note\">{axis}</p>");
        if (points.Length > 1)
        {
            GrowthChart.Draw(page, points);
        }
        else
        {
            page.Raw("<p class=\"soft\">Nothing in this log tells the time: it has no sessions, and one segment.</p>");
        }

        page.Raw("</section></div>\n");
    }

    private static void WriteKinds(Markup page, ReportData data)
    {
        long all = System.Math.Max(1, data.Survey.Sizes.Count);
        page.Raw("<section class=\"card\"><h2>Kinds</h2><p class=\"note\">What the entries are.</p><svg viewBox=\"0 0 1064 24\" role=\"img\" aria-label=\"kinds\">");
        double x = 0;
        foreach ((EntryKind kind, string name, string color) in Kinds.Where(kind => data.Survey.CountOf(kind.Kind) > 0))
        {
            double width = System.Math.Max(3, data.Survey.CountOf(kind) * 1064.0 / all);
            page.Add($"<rect x=\"{System.Math.Min(x, 1061)}\" y=\"2\" width=\"{width}\" height=\"20\" rx=\"4\" style=\"fill:var(--{color})\"><title>{name}</title></rect>");
            x += width + 2;
        }

        page.Raw("</svg><div class=\"legend\">");
        foreach ((EntryKind kind, string name, string color) in Kinds.Where(kind => data.Survey.CountOf(kind.Kind) > 0))
        {
            long bytes = data.Survey.PayloadBytesOf(kind);
            page.Add($"<span><i style=\"--c:var(--{color})\"></i>{name}: {Markup.Count(data.Survey.CountOf(kind))}{(bytes == 0 ? "" : ", payloads " + Markup.Size(bytes))}</span>");
        }

        page.Raw("</div></section>\n");
    }
}
