using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Diagnostics;
using System.IO;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.CatchUp;

/// <summary><c>catch-up</c>: what a follower that needs a snapshot costs the others while it is sent.</summary>
internal static class CatchUpCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Option<FileInfo> json = new("--json") { Description = "Writes the rows to this file." };
        Option<DirectoryInfo> directory = new("--directory") { Description = "Where the nodes' files lie while it runs. By default the current directory." };
        Option<DirectoryInfo> away = new("--away-directory")
        {
            Description = "Where the third node's files lie, if on a disk of its own. Otherwise what it writes and syncs is in the ratio, too.",
        };
        Option<int?> state = new("--state") { Description = "The size of the state in MiB. By default 256, or 32 if it is to be quick." };
        Option<bool> quick = new("--quick") { Description = "Shows that everything runs, with two rounds; the figures mean nothing." };
        Command command = new("catch-up", "Measures three nodes over TCP while one of them comes back by snapshot, beside the two without it.")
        {
            json,
            directory,
            away,
            state,
            quick,
        };
        command.SetAction(parsed => Run(
            parsed.GetValue(directory)?.FullName ?? Environment.CurrentDirectory,
            parsed.GetValue(away)?.FullName,
            new Effort(parsed.GetValue(quick)),
            (long)(parsed.GetValue(state) ?? (parsed.GetValue(quick) ? 32 : 256)) << 20,
            parsed.GetValue(json),
            parsed.InvocationConfiguration.Output));
        return command;
    }

    private static int Run(string directory, string? awayDirectory, Effort effort, long stateBytes, FileInfo? json, TextWriter output)
    {
        long start = Stopwatch.GetTimestamp();
        IReadOnlyList<Row> rows;
        string fileSystem;
        using (Workspace workspace = new(directory))
        using (Workspace? awayWorkspace = awayDirectory is null ? null : new Workspace(awayDirectory))
        {
            fileSystem = workspace.FileSystem;
            workspace.Describe(output);
            awayWorkspace?.Describe(output);
            rows = new CatchUpRatios(workspace, awayWorkspace, effort, stateBytes, output).MeasureAsync().GetAwaiter().GetResult();
        }

        Report report = new(rows, fileSystem, effort.IsQuick, Stopwatch.GetElapsedTime(start));
        report.Print(output, "while it is sent", "before");
        if (json is not null)
        {
            report.WriteJson(json.FullName);
        }

        return 0;
    }
}
