using System.Collections.Generic;
using System.IO;
using System.Linq;
using RaftEngine.Bench.Cluster;
using Spectre.Console;

namespace RaftEngine.Bench.Peers;

/// <summary>Runs of several systems as tables for the console.</summary>
internal static class PeerTable
{
    private const int Width = 160;

    /// <summary>Prints a table for each group, and before it what durability means to each system.</summary>
    public static void Print(IEnumerable<PeerRun> runs, TextWriter output)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = Width;
        foreach (IGrouping<string, PeerRun> group in runs.GroupBy(static run => run.Group))
        {
            output.WriteLine($"{group.Key}:");
            foreach (PeerRun system in group.DistinctBy(static run => run.System))
            {
                output.WriteLine($"  {system.System}: {system.Durability} Driven by {system.Driver}.");
            }

            Table table = new Table().Border(TableBorder.Simple);
            foreach (string heading in (string[])["system", "nodes", "clients", "payload", "ops/s", "p50 us", "p99 us", "max us"])
            {
                table.AddColumn(new TableColumn(heading) { Alignment = heading == "system" ? Justify.Left : Justify.Right });
            }

            foreach (PeerRun run in group)
            {
                table.AddRow([.. CellsOf(run).Select(Markup.Escape)]);
            }

            console.Write(table);
        }
    }

    /// <summary>A run, as it stands in a row.</summary>
    public static IEnumerable<string> CellsOf(PeerRun run) =>
    [
        run.System,
        ClusterTable.Figure(run.Nodes),
        ClusterTable.Figure(run.Clients),
        ClusterTable.Figure(run.Payload),
        ClusterTable.Figure(run.OpsPerSecond),
        ClusterTable.Figure(run.P50Micros),
        ClusterTable.Figure(run.P99Micros),
        ClusterTable.Figure(run.MaxMicros),
    ];
}
