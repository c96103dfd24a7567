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
        page.Raw("A warning is what a node puts right when it starts.</p><ul class=\"findings\">");
        foreach (Finding finding in data.Found.Findings)
        {
            page.Add($"<li><b class=\"{(finding.IsDamage ? "bad" : "warn")}\">{(finding.IsDamage ? "damage" : "warning")}</b> <code>{finding.File}</code>");
            page.Add($"{(finding.Offset < 0 ? "" : ", offset " + Markup.Count(finding.Offset))}{(finding.Index == 0 ? "" : ", index " + Markup.Count(finding.Index))}");
            page.Add($"<div>{finding.What}</div></li>");
        }

        page.Raw("</ul></section>\n");
    }
}
