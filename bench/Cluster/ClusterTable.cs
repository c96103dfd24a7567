using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Spectre.Console;

namespace RaftEngine.Bench.Cluster;

/// <summary>Runs as a table for the console.</summary>
internal static class ClusterTable
{
    private const int Width = 200;

    private static readonly string[] Headings =
        ["payload", "load", "ops/s", "p50 us", "p99 us", "p99.9 us", "max us", "floor us", "B/op", "CPU us/op", "syncs/s", "entries/sync", "entries/frame", "gen0"];

    /// <summary>Prints a table for each cluster.</summary>
    public static void Print(IEnumerable<ClusterRun> runs, TextWriter output)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = Width;
        foreach (IGrouping<string, ClusterRun> cluster in runs.GroupBy(TitleOf))
        {
            output.WriteLine(cluster.Key);
            console.Write(TableOf(cluster));
        }

        output.WriteLine("In brackets: latencies in floors. The floor is p50 of a loopback round trip of the payload (TCP, several nodes) and of a write and");
        output.WriteLine("fdatasync with a writer for each node (fsync), measured right before and after each run. B/op and CPU are those of the whole");
        output.WriteLine("process: all nodes, and the load. Syncs are those of all nodes.");
    }

    /// <summary>What kind of cluster it was; the durability is always said.</summary>
    public static string TitleOf(ClusterRun run) =>
        $"{run.Nodes} {(run.Nodes == 1 ? "node" : $"nodes over {run.Transport}")}, durability {run.Durability}{(run.Inline ? ", continuations inline" : "")}";

    /// <summary>How commands were brought.</summary>
    public static string LoadOf(ClusterRun run) => run.Rate is { } rate ? $"{Figure(rate)}/s due" : $"{Figure(run.Concurrency)} {(run.Concurrency == 1 ? "caller" : "callers")}";

    /// <summary>A run, as it stands in a row: its title and remarks aside.</summary>
    public static IEnumerable<string> CellsOf(ClusterRun run) =>
    [
        Figure(run.Payload),
        LoadOf(run),
        Figure(run.OpsPerSecond),
        Latency(run.P50Micros, run.P50Floors),
        Latency(run.P99Micros, run.P99Floors),
        Latency(run.P999Micros, run.P999Floors),
        Latency(run.MaxMicros, run.MaxFloors),
        run.FloorMicros is { } floor ? Figure(floor) : "",
        Figure(run.AllocatedBytesPerCommand),
        Figure(run.CpuMicrosPerCommand),
        Figure(run.SyncsPerSecond),
        Figure(run.EntriesPerSync),
        Figure(run.EntriesPerFrame),
        Figure(run.Gen0),
    ];

    private static Table TableOf(IEnumerable<ClusterRun> runs)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string heading in Headings)
        {
            table.AddColumn(new TableColumn(heading) { Alignment = heading == "load" ? Justify.Left : Justify.Right });
        }

        List<string> remarks = [];
        foreach (ClusterRun run in runs)
        {
            table.AddRow([.. CellsOf(run).Select(Markup.Escape)]);
            if (Remarks(run) is { Length: > 0 } remark)
            {
                remarks.Add($"{run.Payload} B, {LoadOf(run)}: {remark}");
            }
        }

        return remarks.Count == 0 ? table : table.Caption(Markup.Escape(string.Join("\n", remarks)));
    }

    /// <summary>A number with no more digits than mean something.</summary>
    public static string Figure(double value) => value switch
    {
        0 => "0",
        >= 99.95 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.#", CultureInfo.InvariantCulture),
        _ => value.ToString("0.##", CultureInfo.InvariantCulture),
    };

    /// <summary>What went otherwise than it should.</summary>
    public static string Remarks(ClusterRun run)
    {
        List<string> remarks = [];
        Add(run.Elections, "elections");
        Add(run.Failures, "failed");
        Add(run.Overloads, "refused, brought again");
        Add(run.NotSent ?? 0, "never sent");
        return string.Join(", ", remarks);

        void Add(long count, string what)
        {
            if (count != 0)
            {
                remarks.Add($"{Figure(count)} {what}");
            }
        }
    }

    private static string Latency(double micros, double? floors) => floors is { } multiple ? $"{Figure(micros)} ({Figure(multiple)}x)" : Figure(micros);
}
