using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Log;

/// <summary><c>log</c>: every ratio of the log to its baselines, in one run of under a minute.</summary>
internal static class LogCommand
{
    private static string[] Parts => ["append", "durable", "large"];

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Option<string> only = new("--only") { Description = "Only one part: append, durable or large." };
        only.AcceptOnlyFromAmong(Parts);
        return RatioCommand.Create(
            "log",
            "Measures the log beside its baselines, taking turns.",
            ", in a few seconds",
            run => Measure(run, run.Options.GetValue(only)),
            ("ours", "baseline"),
            only);
    }

    private static List<Row> Measure(RatioRun run, string? only)
    {
        string[] parts = [.. Parts.Where(part => only is null || part == only)];
        if (!run.Effort.IsQuick)
        {
            // Once through everything for the compiler, which works in the background and needs its time to see what is worth its work.
            _ = Measure(parts, run.Workspace, new Effort(IsQuick: true)).Count();
        }

        return [.. Measure(parts, run.Workspace, run.Effort)];
    }

    private static IEnumerable<Row> Measure(string[] parts, Workspace workspace, Effort effort) => parts.SelectMany(part => part switch
    {
        "append" => new AppendRatios(workspace, effort).Measure(),
        "durable" => new DurableRatios(workspace, effort).Measure(),
        _ => new LargeLogRatios(workspace, effort).Measure(),
    });
}
