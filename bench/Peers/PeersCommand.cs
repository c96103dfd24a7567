using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Peers;

/// <summary><c>peers</c>: the engine beside other systems that do the same work, in the same run.</summary>
internal static class PeersCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Option<int> payload = new("--payload") { Description = "Bytes of a value.", DefaultValueFactory = static _ => 256 };
        Option<int[]> clients = CommaList.Numbers("--clients", "Clients, each with one write on its way.", 1, 10_000, [1, 16, 64, 256, 1024]);
        Option<double> seconds = new("--seconds") { Description = "How long each run lasts.", DefaultValueFactory = static _ => 5 };
        Option<string[]> only = CommaList.Of<string>("--only", $"Only some groups: {string.Join(", ", Groups)}.", static text => Groups.Contains(text) ? text : null, Groups);
        Option<bool> quick = new("--quick") { Description = "Shows that everything runs, in short runs; the figures mean nothing." };
        Option<FileInfo> json = new("--json") { Description = "Writes the runs to this file." };
        Option<DirectoryInfo> directory = new("--directory") { Description = "Where all files lie; they are deleted afterwards. By default the current directory." };
        Command command = new("peers", "Measures the engine beside etcd, redis and FasterLog. Starts them itself on loopback, and leaves out what is not installed.")
        {
            payload, clients, seconds, only, quick, json, directory,
        };
        command.SetAction(parsed => RunAsync(
            parsed.GetValue(payload),
            parsed.GetRequiredValue(clients),
            parsed.GetValue(quick) ? null : TimeSpan.FromSeconds(parsed.GetValue(seconds)),
            parsed.GetRequiredValue(only),
            parsed.GetValue(directory)?.FullName ?? Environment.CurrentDirectory,
            parsed.GetValue(json),
            parsed.InvocationConfiguration.Output));
        return command;
    }

    private static string[] Groups => [.. PeerComparison.Sources.Select(static source => source.Group).Distinct()];

    // Without a time it is a quick run.
    private static async Task<int> RunAsync(int payload, int[] clients, TimeSpan? time, string[] only, string directory, FileInfo? json, TextWriter output)
    {
        using Workspace workspace = new(directory);
        workspace.Describe(output);
        PeerComparison comparison = new(workspace, payload, clients, time ?? TimeSpan.FromSeconds(0.5), output);
        IReadOnlyList<PeerRun> runs = await comparison.MeasureAsync(only).ConfigureAwait(false);
        PeerTable.Print(runs, output);
        if (time is null)
        {
            await output.WriteLineAsync("A quick run: the figures mean nothing.").ConfigureAwait(false);
        }

        if (json is not null)
        {
            string length = time is { } given ? FormattableString.Invariant($"--seconds {given.TotalSeconds}") : "--quick";
            string command = $"dotnet run -c Release --project bench -- peers --payload {payload} --clients {string.Join(',', clients)} {length} --only {string.Join(',', only)}";
            PeerResults results = new(Machine.Current(workspace.FileSystem), command, time is null, comparison.Skipped, runs);
            await File.WriteAllTextAsync(json.FullName, ResultsFormat.Write(results)).ConfigureAwait(false);
        }

        return comparison.HasFailed ? 1 : 0;
    }
}
