using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Spectre.Console;

namespace RaftEngine.Bench.Cluster;

/// <summary>Where the time of commands went, for the console.</summary>
internal static class ExplanationTable
{
    private const int Width = 200;

    /// <summary>Prints the runs that have been explained.</summary>
    public static void Print(IEnumerable<ClusterRun> runs, TextWriter output)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = Width;
        bool isAny = false;
        foreach (ClusterRun run in runs)
        {
            if (run.Explanation is { Stages.Count: > 0 } explanation)
            {
                isAny = true;
                output.WriteLine($"Where the time went: {ClusterTable.TitleOf(run)}, {run.Payload} B, {ClusterTable.LoadOf(run)}; one command in {explanation.Every}");
                console.Write(StagesOf(explanation));
                output.WriteLine("The slowest of them, in us");
                console.Write(SlowestOf(explanation));
            }
        }

        if (isAny)
        {
            output.WriteLine("Stages follow each other on the leader, from the call until the caller has the result; shares are of the sum over all commands. The parts of");
            output.WriteLine("the quorum are those of the peer that made the majority: the way to it, its own work and sync, and the way back, with whatever is left of the");
            output.WriteLine("leader's own sync then. The own sync runs beside send and quorum. It counts only if it returned before the commit.");
        }
    }

    private static Table StagesOf(Explanation explanation)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string heading in (string[])["stage", "commands", "p50 us", "p99 us", "max us", "mean us", "share"])
        {
            table.AddColumn(new TableColumn(heading) { Alignment = heading == "stage" ? Justify.Left : Justify.Right });
        }

        foreach (StageTime stage in explanation.Stages)
        {
            table.AddRow(
                stage.Stage,
                ClusterTable.Figure(stage.Commands),
                ClusterTable.Figure(stage.P50Micros),
                ClusterTable.Figure(stage.P99Micros),
                ClusterTable.Figure(stage.MaxMicros),
                ClusterTable.Figure(stage.MeanMicros),
                stage.SharePercent is { } share ? share.ToString("0.0", CultureInfo.InvariantCulture) + "%" : "");
        }

        return table;
    }

    private static Table SlowestOf(Explanation explanation)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("index") { Alignment = Justify.Right });
        foreach (StageTime stage in explanation.Stages)
        {
            table.AddColumn(new TableColumn(stage.Stage) { Alignment = Justify.Right });
        }

        foreach (SampledCommand command in explanation.Slowest)
        {
            table.AddRow([ClusterTable.Figure(command.Index), .. command.Micros.Select(static micros => micros is { } known ? ClusterTable.Figure(known) : "")]);
        }

        return table;
    }
}
