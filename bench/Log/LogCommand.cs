using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Diagnostics;
using System.IO;
using System.Linq;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Log;

/// <summary><c>log</c>: every ratio of the log to its baselines, in one run of under a minute.</summary>
internal static class LogCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Option<FileInfo> json = new("--json") { Description = "Writes the rows to this file." };
        Option<DirectoryInfo> directory = new("--directory")
        {
            Description = "Where the logs lie while they are measured; they are deleted afterwards. By default the current directory.",
        };
        Option<string> only = new("--only") { Description = "Only one part: append, durable or large." };
        only.AcceptOnlyFromAmong(Parts);
        Option<bool> quick = new("--quick") { Description = "Shows that everything runs, in a few seconds; the figures mean nothing." };
        Command command = new("log", "Measures the log beside its baselines, taking turns.") { json, directory, only, quick };
        command.SetAction(parsed => Run(
            parsed.GetValue(directory)?.FullName ?? Environment.CurrentDirectory,
            new Effort(parsed.GetValue(quick)),
            parsed.GetValue(only),
            parsed.GetValue(json),
            parsed.InvocationConfiguration.Output));
        return command;
    }

    private static string[] Parts => ["append", "durable", "large"];

    /// <summary>Measures, prints the table, writes the file.</summary>
    public static int Run(string directory, Effort effort, string? only, FileInfo? json, TextWriter output)
    {
        long start = Stopwatch.GetTimestamp();
        List<Row> rows = [];
        string fileSystem;
        using (Workspace workspace = new(directory))
        {
            fileSystem = workspace.FileSystem;
            workspace.Describe(output);
            string[] parts = [.. Parts.Where(part => only is null || part == only)];
            if (!effort.IsQuick)
            {
                // Once through everything for the compiler, which works in the background and needs its time to see what is worth its work.
                _ = Measure(parts, workspace, new Effort(IsQuick: true)).Count();
            }

            rows.AddRange(Measure(parts, workspace, effort));
        }

        Report report = new(rows, fileSystem, effort.IsQuick, Stopwatch.GetElapsedTime(start));
        report.Print(output);
        if (json is not null)
        {
            report.WriteJson(json.FullName);
        }

        return 0;
    }

    private static IEnumerable<Row> Measure(string[] parts, Workspace workspace, Effort effort) => parts.SelectMany(part => part switch
    {
        "append" => new AppendRatios(workspace, effort).Measure(),
        "durable" => new DurableRatios(workspace, effort).Measure(),
        _ => new LargeLogRatios(workspace, effort).Measure(),
    });
}
