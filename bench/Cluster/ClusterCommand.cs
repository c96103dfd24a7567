using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Cluster;

/// <summary><c>cluster</c>: whole clusters in this process under load.</summary>
internal static class ClusterCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Option<int[]> nodes = CommaList.Numbers("--nodes", "How many nodes.", 1, 9, [3]);
        Option<int[]> payload = CommaList.Numbers("--payload", "Bytes of a command.", 1, 1 << 20, [256]);
        Option<int[]> concurrency = CommaList.Numbers("--concurrency", "Callers, each with one command on its way: a closed loop.", 1, 65_536, [1, 16, 64, 256, 1024]);
        Option<int[]> rate = CommaList.Numbers("--rate", "Commands due a second, instead of callers: an open loop; latencies run from when commands were due.", 1, 10_000_000, []);
        Option<Durability[]> durability = CommaList.Names<Durability>("--durability", "What an acknowledged command has survived: fsync, interval or none.", Durability.Fsync);
        Option<TransportKind[]> transport = CommaList.Names<TransportKind>(
            "--transport", "How nodes reach each other: tcp (loopback), tls (the same under mutual TLS) or memory.", TransportKind.Tcp);
        Option<double> seconds = new("--seconds") { Description = "How long each run is measured.", DefaultValueFactory = static _ => 5 };
        Option<double> warmUp = new("--warm-up") { Description = "For how many seconds each load runs before.", DefaultValueFactory = static _ => 1 };
        Option<bool> inline = new("--inline")
        {
            Description = "Applies, and runs results' continuations, on the thread that finds a command committed (ApplyInline, not RunContinuationsAsynchronously).",
        };
        Option<bool> explain = new("--explain") { Description = "Says where the time of commands goes: samples some, and divides their latency into its stages." };
        Option<bool> quick = new("--quick") { Description = "Shows that everything runs, in short runs on new logs; the figures mean nothing." };
        Option<FileInfo> json = new("--json") { Description = "Writes the runs to this file." };
        Option<DirectoryInfo> directory = new("--directory") { Description = "Where the logs lie; they are deleted afterwards. By default the current directory." };
        Command command = new("cluster", "Measures clusters over loopback or in memory under load, every combination of what is given (values separated by commas).")
        {
            nodes, payload, concurrency, rate, durability, transport, seconds, warmUp, inline, explain, quick, json, directory,
        };
        command.SetAction(parsed => RunAsync(
            new SweepOptions
            {
                Nodes = parsed.GetRequiredValue(nodes),
                Payloads = parsed.GetRequiredValue(payload),
                Concurrency = parsed.GetRequiredValue(concurrency),
                Rates = parsed.GetRequiredValue(rate),
                Durability = parsed.GetRequiredValue(durability),
                Transports = parsed.GetRequiredValue(transport),
                Time = parsed.GetValue(quick) ? TimeSpan.FromSeconds(0.5) : TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                WarmUp = parsed.GetValue(quick) ? TimeSpan.FromSeconds(0.2) : TimeSpan.FromSeconds(parsed.GetValue(warmUp)),
                RunsInline = parsed.GetValue(inline),
                Explains = parsed.GetValue(explain),
                IsQuick = parsed.GetValue(quick),
            },
            parsed.GetValue(directory)?.FullName ?? Environment.CurrentDirectory,
            parsed.GetValue(json),
            parsed.InvocationConfiguration.Output));
        return command;
    }

    private static async Task<int> RunAsync(SweepOptions options, string directory, FileInfo? json, TextWriter output)
    {
        using Workspace workspace = new(directory);
        workspace.Describe(output);
        double callerMicros = await PooledEcho.MeasureCallersAsync(options.IsQuick ? TimeSpan.FromSeconds(0.1) : TimeSpan.FromSeconds(1)).ConfigureAwait(false);
        IReadOnlyList<ClusterRun> runs = await new Sweep(options, workspace, output).MeasureAsync().ConfigureAwait(false);
        ClusterTable.Print(runs, output);
        ExplanationTable.Print(runs, output);
        await output.WriteLineAsync(
            FormattableString.Invariant($"The callers of a closed loop, their continuations included, take {callerMicros:0.##} us of processor time for a command by themselves."))
            .ConfigureAwait(false);
        if (options.IsQuick)
        {
            await output.WriteLineAsync("A quick run: the figures mean nothing.").ConfigureAwait(false);
        }

        if (json is not null)
        {
            ClusterResults results = ClusterResults.Of(Machine.Current(workspace.FileSystem), options.Command, options.IsQuick, callerMicros, runs);
            await File.WriteAllTextAsync(json.FullName, ResultsFormat.Write(results)).ConfigureAwait(false);
        }

        return 0;
    }
}
