using System;
using System.Collections.Immutable;
using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Report;

/// <summary>The tables at the end: segments and snapshots.</summary>
internal static class ReportTables
{
    public static void Write(Markup page, ReportData data)
    {
        if (data.Segments.Length > 0)
        {
            WriteSegments(page, data.Segments);
        }

        if (data.Found.Snapshots.Count > 0)
        {
            WriteSnapshots(page, data);
        }
    }

    private static void WriteSegments(Markup page, ImmutableArray<SegmentFacts> segments)
    {
        page.Raw("<section class=\"card\"><h2>Segments</h2><p class=\"note\">One file each; the active one is written to. Those in a row that are sealed share a line.</p>");
        page.Raw("<div class=\"scroll\"><table><tr><th>first index</th><th>state</th><th class=\"n\">entries</th><th class=\"n\">records</th><th class=\"x\">filled</th>");
        page.Raw("<th class=\"x\">begun, UTC</th><th class=\"n x\">term before</th><th class=\"x\">chain seed</th><th class=\"x\">table</th></tr>");
        foreach (Range range in SegmentRuns.Of(segments.Length, i => segments[i] is
        {
            Damage: null,
            Segment.IsSealed: true
        }))
        {
            (int first, int count) = range.GetOffsetAndLength(segments.Length);
            WriteSegments(page, segments.AsSpan(first, count));
        }

        page.Raw("</table></div></section>\n");
    }

    private static void WriteSegments(Markup page, ReadOnlySpan<SegmentFacts> run)
    {
        SegmentFacts facts = run[0];
        page.Add($"<tr><td class=\"mono\">{Markup.Count(facts.Segment.FirstIndex)}</td>");
        if (facts.Damage is not null)
        {
            page.Add($"<td class=\"bad\">damaged</td><td class=\"n\"></td><td class=\"n\">{Markup.Size(facts.Segment.SizeBytes)}</td><td class=\"x\" colspan=\"5\"></td></tr>");
            return;
        }

        (long records, double bytes, double fill) = (0, 0, 0);
        foreach (SegmentFacts one in run)
        {
            (records, bytes, fill) = (records + one.Records, bytes + one.RecordBytes, fill + one.Fill);
        }

        string state = run.Length > 1 ? $"{run.Length} segments, sealed" : facts.Segment.IsSealed ? "sealed" : "active";
        page.Add($"<td>{state}</td><td class=\"n\">{Markup.Count(records)}</td><td class=\"n\">{Markup.Size(bytes)}</td>");
        page.Add($"<td class=\"x\"><span class=\"meter\"><i style=\"width:{fill / run.Length * 100}%\"></i></span></td>");
        page.Add($"<td class=\"mono x\">{facts.Segment.Created.UtcDateTime:yyyy-MM-dd HH:mm:ss}</td><td class=\"n x\">{facts.Segment.PreviousTerm}</td>");
        page.Add($"<td class=\"mono x\">{facts.Segment.ChainSeed:x16}</td><td class=\"x\">{(facts.HasTable ? "yes" : "no")}</td></tr>");
    }

    private static void WriteSnapshots(Markup page, ReportData data)
    {
        page.Raw("<section class=\"card\"><h2>Snapshots</h2><p class=\"note\">Each stands for all of the log up to its index.</p><div class=\"scroll\"><table>");
        page.Raw("<tr><th>last index</th><th class=\"n\">term</th><th class=\"n\">size</th><th class=\"x\">chain</th><th class=\"x\">id</th><th>state</th></tr>");
        foreach (SnapshotFacts snapshot in data.Found.Snapshots)
        {
            page.Add($"<tr><td class=\"mono\">{(snapshot.Header is null ? snapshot.Name : Markup.Count(snapshot.Header.Index))}</td><td class=\"n\">{snapshot.Header?.Term}</td>");
            page.Add($"<td class=\"n\">{Markup.Size(snapshot.Bytes)}</td><td class=\"mono x\">{snapshot.Header?.Chain:x16}</td>");
            page.Add($"<td class=\"mono x\">{snapshot.Header?.SnapshotId}</td>");
            page.Add($"<td class=\"{(snapshot.Damage is null ? "" : "bad")}\">{(snapshot.Damage is null ? "whole" : "damaged")}</td></tr>");
        }

        page.Raw("</table></div></section>\n");
    }
}
