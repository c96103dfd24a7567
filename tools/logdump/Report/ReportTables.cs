using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Report;

/// <summary>The tables at the end: segments and snapshots.</summary>
internal static class ReportTables
{
    private const int MostRows = 400;

    public static void Write(Markup page, ReportData data)
    {
        page.Raw("<section class=\"card\"><h2>Segments</h2><p class=\"note\">One file each; the active one is written to.</p><div class=\"scroll\"><table>");
        page.Raw("<tr><th>first index</th><th>state</th><th class=\"n\">entries</th><th class=\"n\">records</th><th>filled</th><th>begun, UTC</th>");
        page.Raw("<th class=\"n\">term before</th><th>chain seed</th><th>table</th></tr>");
        for (int i = 0; i < data.Segments.Length; i++)
        {
            if (data.Segments.Length > MostRows && i >= MostRows / 2 && i < data.Segments.Length - (MostRows / 2))
            {
                continue;
            }

            SegmentFacts facts = data.Segments[i];
            page.Add($"<tr><td class=\"mono\">{Markup.Count(facts.Segment.FirstIndex)}</td><td>{(facts.Segment.IsSealed ? "sealed" : "active")}</td>");
            page.Add($"<td class=\"n\">{Markup.Count(facts.Records)}</td><td class=\"n\">{Markup.Size(facts.RecordBytes)}</td>");
            page.Add($"<td><span class=\"meter\"><i style=\"width:{facts.Fill * 100}%\"></i></span></td>");
            page.Add($"<td class=\"mono\">{facts.Segment.Created.UtcDateTime:yyyy-MM-dd HH:mm:ss}</td><td class=\"n\">{facts.Segment.PreviousTerm}</td>");
            page.Add($"<td class=\"mono\">{facts.Segment.ChainSeed:x16}</td><td>{(facts.HasTable ? "yes" : "no")}</td></tr>");
        }

        page.Raw("</table></div></section>\n");
        if (data.Found.Snapshots.Count > 0)
        {
            WriteSnapshots(page, data);
        }
    }

    private static void WriteSnapshots(Markup page, ReportData data)
    {
        page.Raw("<section class=\"card\"><h2>Snapshots</h2><p class=\"note\">Each stands for all of the log up to its index.</p><div class=\"scroll\"><table>");
        page.Raw("<tr><th>last index</th><th class=\"n\">term</th><th class=\"n\">size</th><th>chain</th><th>id</th><th>state</th></tr>");
        foreach (SnapshotFacts snapshot in data.Found.Snapshots)
        {
            page.Add($"<tr><td class=\"mono\">{(snapshot.Header is null ? snapshot.Name : Markup.Count(snapshot.Header.Index))}</td><td class=\"n\">{snapshot.Header?.Term}</td>");
            page.Add($"<td class=\"n\">{Markup.Size(snapshot.Bytes)}</td><td class=\"mono\">{snapshot.Header?.Chain:x16}</td>");
            page.Add($"<td class=\"mono\">{snapshot.Header?.SnapshotId}</td>");
            page.Add($"<td class=\"{(snapshot.Damage is null ? "" : "bad")}\">{(snapshot.Damage is null ? "whole" : "damaged")}</td></tr>");
        }

        page.Raw("</table></div></section>\n");
    }
}
