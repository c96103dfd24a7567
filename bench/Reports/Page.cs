using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using RaftEngine.Bench.Cluster;
using RaftEngine.Bench.Measuring;
using RaftEngine.Bench.Peers;

namespace RaftEngine.Bench.Reports;

/// <summary>A Markdown page of results: where they come from, pictures, tables, and what to call to repeat them.</summary>
/// <param name="clusters">Results of <c>bench cluster</c>.</param>
/// <param name="peers">Results of <c>bench peers</c>.</param>
internal sealed class Page(IReadOnlyList<ClusterResults> clusters, IReadOnlyList<PeerResults> peers)
{
    /// <summary>What stands in a file that is to show pictures, in a line of its own, before them.</summary>
    public const string BeginMark = "<!-- benchmarks: from here on written by `bench report` -->";

    /// <summary>What stands behind them.</summary>
    public const string EndMark = "<!-- benchmarks: to here -->";

    private const string Terms = """
        * Durability is said of every figure: `fsync` is fdatasync on a majority before a command is acknowledged, `interval` a sync every 50 ms, `none` no sync.
        * The floor is a loopback round trip of the payload (TCP, several nodes) and, with `fsync`, a write and fdatasync with a
          writer for each node, both at p50, measured right before and after each run. In brackets: latencies in floors.
        * Bytes allocated (B/op) and processor time are those of the whole process: all nodes, and the callers.
        * With callers, each awaits a command before it brings the next. With a rate, commands are due whatever becomes of those before, and latencies run
          from when they were due.
        """;

    private const string QuickWarning = "**Quick runs, which only show that everything runs: the figures mean nothing.**";

    private const string ClusterHeadings = """
        | payload | load | ops/s | p50 us | p99 us | p99.9 us | max us | floor us | B/op | CPU us/op | syncs/s | entries/sync | entries/frame | gen0 | remarks |
        |---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|
        """;

    /// <summary>The pictures of all results.</summary>
    public IReadOnlyList<Plot> Plots { get; } =
    [
        .. new ClusterPlots([.. clusters.SelectMany(static results => results.Runs)]).All(),
        .. PeerPlots.Of([.. peers.SelectMany(static results => results.Peers)]),
    ];

    private Machine Machine
    {
        get
        {
            Machine[] machines = [.. clusters.Select(static results => results.Machine).Concat(peers.Select(static results => results.Machine)).Distinct()];
            return machines.Length == 1
                ? machines[0]
                : throw new InvalidDataException($"Results of different machines say nothing beside each other: {string.Join<Machine>("; ", machines)}.");
        }
    }

    private IEnumerable<string> Commands => clusters.Select(static results => results.Command).Concat(peers.Select(static results => results.Command));

    private bool IsQuick => clusters.Any(static results => results.IsQuick) || peers.Any(static results => results.IsQuick);

    /// <summary>The page.</summary>
    /// <exception cref="InvalidDataException">The results come from different machines.</exception>
    public string ToMarkdown()
    {
        StringBuilder page = new();
        page.AppendLine("# Benchmarks").AppendLine();
        page.AppendLine("Written by `bench report` from what `bench cluster` and `bench peers` have measured.").AppendLine();
        if (IsQuick)
        {
            page.AppendLine(QuickWarning).AppendLine();
        }

        page.AppendLine(CultureInfo.InvariantCulture, $"* Machine: {Machine}. Nodes, callers and peers share its processors and its disk.");
        page.AppendLine(Terms);
        foreach (ClusterResults results in clusters.Take(1))
        {
            string callers = results.CallerCpuMicrosPerCommand.ToString("0.##", CultureInfo.InvariantCulture);
            page.Append("* Of the processor time, callers and their continuations take ").Append(callers).AppendLine(" us a command themselves, at most.");
        }
        page.AppendLine().AppendLine("To repeat them:").AppendLine();
        foreach (string command in Commands.Distinct())
        {
            page.Append("    ").AppendLine(command);
        }

        page.AppendLine().AppendLine("Absolute figures drift with the disk's moods from hour to hour: compare within one run.").AppendLine();
        AppendClusters(page);
        AppendPeers(page);
        return page.ToString().TrimEnd() + "\n";
    }

    /// <summary>A text with the pictures between its marks replaced by those of the README.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pathToPictures">From where the text stands to where the pictures lie.</param>
    /// <exception cref="InvalidDataException">The text has no marks.</exception>
    public string Show(string text, string pathToPictures)
    {
        int begin = text.IndexOf(BeginMark, StringComparison.Ordinal);
        int end = text.IndexOf(EndMark, StringComparison.Ordinal);
        if (begin < 0 || end < begin)
        {
            throw new InvalidDataException($"The text has no place for pictures: a line '{BeginMark}', and behind it a line '{EndMark}'.");
        }

        StringBuilder shown = new(text[..(begin + BeginMark.Length)]);
        shown.Append("\n\n").Append(IsQuick ? QuickWarning + "\n\n" : "");
        shown.Append(CultureInfo.InvariantCulture, $"Measured on {Machine}; everything on one machine. [All figures]({pathToPictures}/README.md).\n\n");
        foreach (Plot plot in Plots.Where(static plot => plot.IsForReadme))
        {
            shown.Append(PictureOf(plot, pathToPictures)).Append("\n\n");
        }

        return shown.Append(text.AsSpan(end)).ToString();
    }

    private static string PictureOf(Plot plot, string path) => $"![{plot.Chart.Title}: {plot.Chart.Subtitle}]({path}/{plot.File})";

    private void AppendClusters(StringBuilder page)
    {
        if (clusters.Count == 0)
        {
            return;
        }

        page.AppendLine("## Clusters").AppendLine();
        AppendPlots(page, static plot => !plot.File.StartsWith("peers-", StringComparison.Ordinal));
        foreach (IGrouping<string, ClusterRun> cluster in clusters.SelectMany(static results => results.Runs).GroupBy(ClusterTable.TitleOf))
        {
            page.Append("### ").AppendLine(cluster.Key).AppendLine();
            page.AppendLine(ClusterHeadings);
            foreach (ClusterRun run in cluster)
            {
                page.Append("| ").AppendJoin(" | ", ClusterTable.CellsOf(run)).Append(" | ").Append(ClusterTable.Remarks(run)).AppendLine(" |");
            }

            page.AppendLine();
        }
    }

    private void AppendPeers(StringBuilder page)
    {
        if (peers.Count == 0)
        {
            return;
        }

        page.AppendLine("## Beside other systems").AppendLine();
        AppendPlots(page, static plot => plot.File.StartsWith("peers-", StringComparison.Ordinal));
        foreach (string skipped in peers.SelectMany(static results => results.Skipped).Distinct())
        {
            page.Append("Left out: ").AppendLine(skipped).AppendLine();
        }

        foreach (IGrouping<string, PeerRun> group in peers.SelectMany(static results => results.Peers).GroupBy(static run => run.Group))
        {
            page.Append("### ").AppendLine(group.Key).AppendLine();
            foreach (PeerRun system in group.DistinctBy(static run => run.System))
            {
                page.AppendLine(CultureInfo.InvariantCulture, $"* {system.System}: {system.Durability} Driven by {system.Driver}.");
            }

            page.AppendLine().AppendLine("| system | nodes | clients | payload | ops/s | p50 us | p99 us | max us |").AppendLine("|---|---:|---:|---:|---:|---:|---:|---:|");
            foreach (PeerRun run in group)
            {
                page.Append("| ").AppendJoin(" | ", PeerTable.CellsOf(run)).AppendLine(" |");
            }

            page.AppendLine();
        }
    }

    private void AppendPlots(StringBuilder page, Func<Plot, bool> which)
    {
        foreach (Plot plot in Plots.Where(which))
        {
            page.AppendLine(PictureOf(plot, ".")).AppendLine();
        }
    }
}
