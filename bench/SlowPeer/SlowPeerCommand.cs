using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Diagnostics;
using System.IO;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.SlowPeer;

/// <summary><c>slow-peer</c>: what a follower that is slow, or hangs, costs the others.</summary>
internal static class SlowPeerCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Option<FileInfo> json = new("--json") { Description = "Writes the rows to this file." };
        Option<DirectoryInfo> directory = new("--directory") { Description = "Where the nodes' files lie while it runs. By default the current directory." };
        Option<bool> quick = new("--quick") { Description = "Shows that everything runs, with two short rounds; the figures mean nothing." };
        Command command = new("slow-peer", "Measures three nodes over TCP while one of them is slow, or takes nothing, beside the same three while none is.")
        {
            json,
            directory,
            quick,
        };
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
        IReadOnlyList<Row> rows;
        string fileSystem;
        using (Workspace workspace = new(directory))
        {
            fileSystem = workspace.FileSystem;
            workspace.Describe(output);
            rows = new SlowPeerRatios(workspace, effort, output).MeasureAsync().GetAwaiter().GetResult();
        }

        Report report = new(rows, fileSystem, effort.IsQuick, Stopwatch.GetElapsedTime(start));
        report.Print(output, "hindered", "healthy");
        if (json is not null)
        {
            report.WriteJson(json.FullName);
        }

        return 0;
    }
}
