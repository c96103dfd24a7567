using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Report;

/// <summary>What damage means: what is proven before it, what is not behind it, and what to do next.</summary>
internal static class ReportDamage
{
    public static void Write(Markup page, ReportData data)
    {
        if (!data.Found.IsDamaged)
        {
            return;
        }

        page.Raw("<section class=\"card\"><h2>What is proven, and what is not</h2><ul>");
        foreach (string line in Lines(data))
        {
            page.Add($"<li>{line}</li>");
        }

        page.Raw("</ul></section>\n<section class=\"card\"><h2>What to do next</h2>");
        page.Raw("<p class=\"note\">What is damaged was on disk, and may have been acknowledged: only other replicas know what it was. Nothing is to be cut here.</p><ol>");
        foreach (string step in Advice.Steps)
        {
            page.Add($"<li>{step}</li>");
        }

        page.Raw("</ol><p class=\"soft\">If the disk did this, replace it first.</p></section>\n");
    }

    private static IEnumerable<string> Lines(ReportData data)
    {
        LogVerification? log = data.Found.Log;
        if (data.Found.Inspector is null)
        {
            yield return "The hard state is damaged or missing: in which term the node is, and for whom it has voted, "
                + "is not known. The log was not read, because nothing says whose it is.";
        }
        else if (log is null)
        {
            yield return "Where the log begins is not known, so that nothing shows that its segments are all that there were.";
        }
        else if (log.Damage is null)
        {
            yield return log.Records == 0 ? "The log holds no entries."
                : $"Proven: the log, {Range(log.FirstIndex, log.LastIndex)}. Each checksum continues the one before it.";
        }
        else
        {
            foreach (string line in Behind(log, data.Pictures))
            {
                yield return line;
            }
        }

        foreach (SnapshotFacts snapshot in data.Found.Snapshots.Where(static snapshot => snapshot.Damage is not null))
        {
            string held = snapshot.Header is { } header ? $", the state up to index {Markup.Count(header.Index)}" : "";
            yield return $"Unproven: what the snapshot {snapshot.Name} holds{held}. The node does not start from it.";
        }
    }

    private static IEnumerable<string> Behind(LogVerification log, IReadOnlyList<SegmentPicture> pictures)
    {
        yield return log.Records == 0
            ? $"Proven: nothing. The damage is at the log's first index, {Markup.Count(log.FirstIndex)}."
            : $"Proven: {Range(log.FirstIndex, log.LastIndex)}, {Markup.Count(log.Records)} entries before the damage.";
        Extent[] behind =
        [
            .. pictures.SelectMany(static picture => picture.Extents).Where(extent => extent.LastIndex > log.LastIndex
                && extent.Kind is ExtentKind.Ok or ExtentKind.Unsynced or ExtentKind.Detached or ExtentKind.Damaged),
        ];
        long last = Math.Max(log.LastIndex + 1, behind.Select(static extent =>
            extent.LastIndex).DefaultIfEmpty().Max());
        long whole = behind.Where(extent => extent.Kind != ExtentKind.Damaged
            && extent.FirstIndex > log.LastIndex).Sum(static extent => extent.LastIndex - extent.FirstIndex + 1);
        yield return $"Unproven: {Range(log.LastIndex + 1, last)}, and whatever was behind that.";
        yield return whole == 0 ? "None of these entries is whole."
            : $"Of these, {Markup.Count(whole)} entries are whole by themselves. Nothing shows that they are the ones that stood behind index {Markup.Count(log.LastIndex)}.";
    }

    private static string Range(long first, long last) =>
        first == last ? $"index {Markup.Count(first)}" : $"index {Markup.Count(first)} to {Markup.Count(last)}";
}
