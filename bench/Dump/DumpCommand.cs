using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Diagnostics;
using System.IO;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Dump;

/// <summary><c>logdump</c>: how fast the log inspector reads a large log, and how much memory it takes.</summary>
internal static class DumpCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Option<FileInfo> json = new("--json") { Description = "Writes the rows to this file." };
        Option<DirectoryInfo> directory = new("--directory") { Description = "Where the log lies while it is read; it is deleted afterwards. By default the current directory." };
        Option<bool> quick = new("--quick") { Description = "Shows that everything runs, with a small log; the figures mean nothing." };
        Command command = new("logdump", "Measures logdump verify and list on a log of 1 GiB, beside CRC-64 over the same bytes.") { json, directory, quick };
        command.SetAction(parsed => Run(
            parsed.GetValue(directory)?.FullName ?? Environment.CurrentDirectory,
            new Effort(parsed.GetValue(quick)),
            parsed.GetValue(json),
            parsed.InvocationConfiguration.Output));
        return command;
    }

    private static int Run(string directory, Effort effort, FileInfo? json, TextWriter output)
    {
        long start = Stopwatch.GetTimestamp();
        List<Row> rows = [];
        string fileSystem;
        using (Workspace workspace = new(directory))
        {
            fileSystem = workspace.FileSystem;
            workspace.Describe(output);
            rows.AddRange(new DumpRatios(workspace, effort).Measure());
        }

        Report report = new(rows, fileSystem, effort.IsQuick, Stopwatch.GetElapsedTime(start));
        report.Print(output);
        if (json is not null)
        {
            report.WriteJson(json.FullName);
        }

        return 0;
    }
}
