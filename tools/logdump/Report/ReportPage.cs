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
        (EntryKind.Fingerprint, "fingerprints of states", "stale"),
    ];

    public static string Of(ReportData data)
    {
        Markup page = new();
        page.Raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
        page.Raw("<meta name=\"color-scheme\" content=\"light dark\"/>\n");
        page.Add($"<title>{Title(data)}</title>\n<style>\n").Raw(ReportStyle.Css).Raw(
            "\n</style>\n</head>\n<body>\n<main>\n");
        WriteHead(page, data);
        if (data.Found is { Inspector: { } inspector, Log: { } log } && data.Survey is { } survey)
        {
            WriteFigures(page, data, inspector, log, survey);
        }

        ReportDamage.Write(page, data);
        ReportFindings.Write(page, data);
        if (data.Pictures.Count > 0)
        {
            page.Raw("<section class=\"card\"><h2>Segments, to scale</h2><p class=\"note\">").Raw(MapNote(data)).Raw(
                "</p>");
            SegmentChart.Draw(page, data.Pictures);
            page.Raw("</section>\n");
        }

        if (data.Survey is { } numbers)
        {
            WriteTerms(page, numbers);
            WriteShapes(page, data, numbers);
            WriteKinds(page, numbers);
        }

        ReportTables.Write(page, data);
        page.Add($"<footer>logdump report of <code>{data.Path}</code>, made {data.Made.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC.</footer>\n");
        return page.Raw("</main>\n</body>\n</html>\n").ToString();
    }

    private static string Title(ReportData data) => data.Found.Inspector is { IsSingleSegment: false } inspector
        ? $"Raft log of node {inspector.Owner.NodeId}" : "Raft log";

    private static void WriteHead(Markup page, ReportData data)
    {
        bool isWarned = data.Found.Findings.Count > 0;
        (string Class, string Words) verdict = data.Found.IsDamaged ? ("damaged", "Damaged")
            : isWarned ? ("warned", "Clean, with warnings")
            : ("clean", "Clean: every record verified");
        page.Add($"<header><div><h1>{Title(data)}</h1>");
        if (data.Found.Inspector is { IsSingleSegment: false } inspector)
        {
            page.Add($"<p class=\"soft\">cluster <code>{inspector.Owner.ClusterId}</code>, group {inspector.Owner.GroupId}</p>");
        }

        page.Add($"</div><span class=\"verdict {verdict.Class}\">{verdict.Words}</span></header>\n");
    }

    private static void WriteFigures(Markup page, ReportData data, LogInspector inspector, LogVerification log,
        LogSurvey survey)
    {
        HardState state = inspector.HardState;
        page.Raw("<div class=\"cards\">");
        string range = log.LastIndex < log.FirstIndex ? "" : $", {Markup.Count(log.FirstIndex)} to {Markup.Count(log.LastIndex)}";
        Figure(page, Markup.Count(survey.Sizes.Count), "entries" + range
            + (log.Damage is null ? "" : ", before the damage"));
        Figure(page, Markup.Size(log.RecordBytes), $"of records in {data.Segments.Length} {(data.Segments.Length == 1 ? "segment" : "segments")}");
        if (!inspector.IsSingleSegment)
        {
            Figure(page, Markup.Count(state.Term), state.Vote == 0 ? "current term, no vote given"
                : $"current term, vote for node {state.Vote}");
        }

        Figure(page, Markup.Size(survey.Sizes.TotalBytes / (double)System.Math.Max(1, survey.Sizes.Count)),
            "mean payload");
        page.Add($"</div>\n<section class=\"card\"><dl><dt>fingerprint at {Markup.Count(log.LastIndex)}</dt><dd><code>{log.Fingerprint:x16}</code></dd>");
        page.Add($"<dt>log id</dt><dd><code>{inspector.Owner.LogId}</code></dd>");
        long unsynced = log.LastSegmentEnd - log.SyncedThrough;
        string mark = unsynced == 0 ? ": all of it" : $", {Markup.Size(unsynced)} before the end";
        page.Add($"<dt>durable mark</dt><dd>{(log.Damage is null ? $"offset {Markup.Count(log.SyncedThrough)} of the last segment{mark}" : "behind the damage")}</dd>");
        if (!inspector.IsSingleSegment)
        {
            page.Add($"<dt>hard state</dt><dd>saved {Markup.Count(inspector.HardStateSequence)} times, recovered {inspector.Recoveries} times after a lost quorum</dd>");
        }

        page.Raw("</dl></section>\n");
    }

    private static void Figure(Markup page, string value, string what) => page.Add($"<div class=\"card figure\"><b>{value}</b><span>{what}</span></div>");

    private static string MapNote(ReportData data) => data.Found.IsDamaged
        ? "Every record was read. What is damaged is drawn wide enough to be seen; segments that are whole share a line."
        : "Every record was read, and its checksum continues the one before it. Segments that are whole share a line.";

    private static void WriteTerms(Markup page, LogSurvey survey)
    {
        if (survey.Terms.Count == 0)
        {
            return;
        }

        string count = survey.TermCount == 1 ? "One term holds entries."
            : $"{Markup.Count(survey.TermCount)} terms hold entries.";
        page.Add($"<section class=\"card\"><h2>Terms</h2><p class=\"note\">{count} A dot is the no-op with which a leader began.</p>");
        TermChart.Draw(page, survey.Terms, survey.Terms[0].FirstIndex, survey.Terms[^1].LastIndex);
        page.Raw("</section>\n");
    }

    private static void WriteShapes(Markup page, ReportData data, LogSurvey survey)
    {
        page.Raw("<div class=\"two\">");
        string empty = survey.Sizes.CountOf(0) == 0 ? ""
            : $"; {Markup.Count(survey.Sizes.CountOf(0))} without any are left out";
        page.Add($"<section class=\"card\"><h2>Sizes</h2><p class=\"note\">Entries by payload. The largest has {Markup.Count(survey.Sizes.Largest)} bytes{empty}.</p>");
        SizeChart.Draw(page, survey.Sizes);
        page.Raw("</section>");
        (double, double)[] points = GrowthChart.PointsOf(survey, data.Segments, out bool isLogTime);
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

    private static void WriteKinds(Markup page, LogSurvey survey)
    {
        long all = System.Math.Max(1, survey.Sizes.Count);
        page.Raw("<section class=\"card\"><h2>Kinds</h2><p class=\"note\">What the entries are.</p>");
        page.Raw("<svg class=\"kinds\" preserveAspectRatio=\"none\" viewBox=\"0 0 1064 24\" role=\"img\" aria-label=\"kinds\">");
        double x = 0;
        foreach ((EntryKind kind, string name, string color) in Kinds.Where(kind => survey.CountOf(kind.Kind) > 0))
        {
            double width = System.Math.Max(3, survey.CountOf(kind) * 1064.0 / all);
            page.Add($"<rect x=\"{System.Math.Min(x, 1061)}\" y=\"2\" width=\"{width}\" height=\"20\" rx=\"4\" style=\"fill:var(--{color})\"><title>{name}</title></rect>");
            x += width + 2;
        }

        page.Raw("</svg><div class=\"legend\">");
        foreach ((EntryKind kind, string name, string color) in Kinds.Where(kind => survey.CountOf(kind.Kind) > 0))
        {
            long bytes = survey.PayloadBytesOf(kind);
            page.Add($"<span><i style=\"--c:var(--{color})\"></i>{name}: {Markup.Count(survey.CountOf(kind))}{(bytes == 0 ? "" : ", payloads " + Markup.Size(bytes))}</span>");
        }

        page.Raw("</div></section>\n");
    }
}
