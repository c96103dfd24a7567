using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Diagnostics;
using System.IO;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Candidates;

/// <summary><c>candidates</c>: the designs that lost, each beside the one that won, so that the decisions can be looked at again on another machine.</summary>
internal static class CandidatesCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Option<FileInfo> json = new("--json") { Description = "Writes the rows to this file." };
        Option<DirectoryInfo> directory = new("--directory") { Description = "Where the files lie while they are measured. By default the current directory." };
        Option<bool> quick = new("--quick") { Description = "Shows that everything runs; the figures mean nothing." };
        Command command = new("candidates", "Measures the designs that lost, beside those that won.") { json, directory, quick };
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
            workspace.Describe(output);
            fileSystem = workspace.FileSystem;
            rows.AddRange(new MappedStore(workspace, effort).Measure());
            rows.AddRange(new MarkInHeader(workspace, effort).Measure());
            rows.AddRange(new LargePieces(workspace, effort).Measure());
            rows.AddRange(new OtherChecksums(effort).Measure());
            rows.AddRange(new OwnThreads(workspace, effort).Measure());
        }

        Report report = new(rows, fileSystem, effort.IsQuick, Stopwatch.GetElapsedTime(start));
        report.Print(output, "candidate", "winner");
        if (json is not null)
        {
            report.WriteJson(json.FullName);
        }

        return 0;
    }
}
