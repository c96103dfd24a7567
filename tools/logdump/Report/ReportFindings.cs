using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Report;

/// <summary>What is wrong, if anything is: before everything that is right.</summary>
internal static class ReportFindings
{
    public static void Write(Markup page, ReportData data)
    {
        if (data.Found.Findings.Count == 0)
        {
            return;
        }

        page.Raw("<section class=\"card\"><h2>Findings</h2><p class=\"note\">A damaged replica is rebuilt from its peers, or from a backup. ");
        page.Raw("A warning is what a node puts right when it starts.</p><div class=\"scroll\"><table>");
        page.Raw("<tr><th></th><th>file</th><th class=\"n\">offset</th><th class=\"n\">index</th><th>what</th></tr>");
        foreach (Finding finding in data.Found.Findings)
        {
            page.Add($"<tr><td class=\"{(finding.IsDamage ? "bad" : "warn")}\">{(finding.IsDamage ? "damage" : "warning")}</td><td class=\"mono\">{finding.File}</td>");
            page.Add($"<td class=\"n\">{(finding.Offset < 0 ? "" : Markup.Count(finding.Offset))}</td>");
            page.Add($"<td class=\"n\">{(finding.Index == 0 ? "" : Markup.Count(finding.Index))}</td>");
            page.Add($"<td class=\"wrap\">{finding.What}</td></tr>");
        }

        page.Raw("</table></div></section>\n");
    }
}
