using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using RaftEngine.Bench.Cluster;
using RaftEngine.Bench.Measuring;
using Spectre.Console;

namespace RaftEngine.Bench.Budget;

/// <summary>Results as tables: for the console, or in Markdown.</summary>
internal sealed class BudgetTable(BudgetResults results, bool isMarkdown, TextWriter output)
{
    private const int Width = 200;

    /// <summary>A network in words.</summary>
    /// <param name="link">What its links do; null if there are none.</param>
    public static string NameOf(LinkDelay? link) => link is null ? "direct" : link.ToString();

    /// <summary>Writes them.</summary>
    public void Write()
    {
        foreach (IGrouping<(string, int, int), WindowRun> runs in results.Windows.GroupBy(static run => (run.Network, run.Payload, run.Concurrency)))
        {
            WindowRun first = runs.First();
            Line($"3 nodes over TCP, durability {first.Durability}; round trip: {first.Network}; {first.Payload} B, {first.Concurrency} callers, {first.Turns.Count} rounds");
            Write(runs, ["setting", "ops/s", "p50 ms", "p99 ms", "KiB on a link", "elections", "failed"], static run =>
            [
                run.Setting, Figure(run.OpsPerSecond), Figure(run.P50Milliseconds), Figure(run.P99Milliseconds), Figure(run.MostLinkBytes / 1024.0),
                Figure(run.Elections), Figure(run.Failures),
            ]);
        }

        foreach (Row row in results.Ratios)
        {
            string goal = $"goal {row.Direction} {Figure(row.Goal ?? 0)}{(row.IsMet == true ? "" : ", missed")}";
            Line($"{row.Name}: {Figure(row.Ratio)} (quartiles {Figure(row.LowerQuartile)} to {Figure(row.UpperQuartile)}; {goal})");
        }

        foreach (IGrouping<string, ElectionRun> runs in results.Elections.GroupBy(static run => run.Network))
        {
            Line($"3 nodes over TCP; round trip: {runs.Key}; {runs.First().DetectionMilliseconds.Count} cuts");
            Write(runs, ["setting", "new leader ms", "at most", "watched s", "elections", "failed", "p99 ms", "max ms"], static run =>
            [
                run.Setting, Detection(run, 0.5), Detection(run, 1), Figure(run.WatchedSeconds), Figure(run.Elections), Figure(run.Failures),
                Figure(run.P99Milliseconds), Figure(run.MaxMilliseconds),
            ]);
        }

        if (results.IsQuick)
        {
            Line("A quick run: the figures mean nothing.");
        }
    }

    private static string Figure(double value) => ClusterTable.Figure(value);

    private static string Detection(ElectionRun run, double which) =>
        run.DetectionMilliseconds.Count == 0 ? "" : Figure(Rounds.Quantile(run.DetectionMilliseconds, which));

    private void Write<TRun>(IEnumerable<TRun> runs, string[] headings, Func<TRun, string[]> cellsOf)
    {
        Table table = new Table().Border(isMarkdown ? TableBorder.Markdown : TableBorder.Simple);
        foreach (string heading in headings)
        {
            table.AddColumn(new TableColumn(heading) { Alignment = heading == headings[0] ? Justify.Left : Justify.Right });
        }

        foreach (TRun run in runs)
        {
            table.AddRow([.. cellsOf(run).Select(Markup.Escape)]);
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = Width;
        console.Write(table);
    }

    private void Line(string text)
    {
        output.WriteLine(text);
        if (isMarkdown)
        {
            output.WriteLine(); // a paragraph of its own
        }
    }
}
