using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Diagnostics;
using System.IO;

namespace RaftEngine.Bench.Measuring;

/// <summary>
/// A command that measures ratios: what all of these have in common. They lay files in a directory of their own, print a table, and write it to a file if asked to.
/// </summary>
internal static class RatioCommand
{
    /// <summary>The command.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it measures.</param>
    /// <param name="quickDescription">What <c>--quick</c> makes of it.</param>
    /// <param name="measure">Measures, and gives the rows.</param>
    /// <param name="headings">What stands above the two figures of a row.</param>
    /// <param name="others">The options that it has beside <c>--json</c>, <c>--directory</c> and <c>--quick</c>.</param>
    public static Command Create(
        string name, string description, string quickDescription, Func<RatioRun, IReadOnlyList<Row>> measure, (string Ours, string Baseline) headings, params Option[] others)
    {
        Option<FileInfo> json = new("--json") { Description = "Writes the rows to this file." };
        Option<DirectoryInfo> directory = new("--directory") { Description = "Where the files lie while it runs; they are deleted afterwards. By default the current directory." };
        Option<bool> quick = new("--quick") { Description = $"Shows that everything runs{quickDescription}; the figures mean nothing." };
        Command command = new(name, description) { json, directory, quick };
        foreach (Option other in others)
        {
            command.Options.Add(other);
        }

        command.SetAction(parsed =>
        {
            long start = Stopwatch.GetTimestamp();
            Effort effort = new(parsed.GetValue(quick));
            TextWriter output = parsed.InvocationConfiguration.Output;
            using Workspace workspace = new(parsed.GetValue(directory)?.FullName ?? Environment.CurrentDirectory);
            workspace.Describe(output);
            Report report = new(measure(new RatioRun(workspace, effort, output, parsed)), workspace.FileSystem, effort.IsQuick, Stopwatch.GetElapsedTime(start));
            report.Print(output, headings.Ours, headings.Baseline);
            if (parsed.GetValue(json) is { } file)
            {
                report.WriteJson(file.FullName);
            }

            return 0;
        });
        return command;
    }
}
