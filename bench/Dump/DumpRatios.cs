using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using RaftEngine.Bench.Log;
using RaftEngine.Bench.Measuring;
using RaftEngine.LogDump.Output;

namespace RaftEngine.Bench.Dump;

/// <summary>
/// The inspector on a log of 1 GiB whose files are in the page cache: its commands run in this process, without the start of another; its memory is that of a process of
/// its own.
/// </summary>
internal sealed class DumpRatios(Workspace workspace, Effort effort)
{
    private const double ListGoal = 200; // megabytes of log a second
    private const double MemoryGoal = 100; // megabytes

    /// <summary>Measures them all.</summary>
    public IEnumerable<Row> Measure()
    {
        LargeLog log = new(workspace.NewPath(), effort);
        using (RecordBytes bytes = new(log))
        {
            yield return Rounds.Run(effort.Rounds(7), () => Time("verify", log.Path), bytes.TimeChain)
                .BaselineByOurs("verify of 1 GiB: CRC-64 of each record / ours", "ms", 0.6, Row.AtLeast);
            yield return Rounds.Run(effort.Rounds(5), () => Time("verify", log.Path), bytes.TimeBlocks)
                .BaselineByOurs("verify of 1 GiB: CRC-64 of each segment in one / ours", "ms");
        }

        double megabytes = log.Records * (double)log.RecordBytes / 1e6;
        yield return Rounds.Run(effort.Rounds(5), () => megabytes * 1000 / Time("list", log.Path, "--format", "jsonl"), static () => ListGoal)
            .OursByBaseline("list --format jsonl of 1 GiB: log read / goal", "MB/s", 1, Row.AtLeast);
        foreach (string command in (string[])["verify", "list"])
        {
            double most = MostMemory(command, log.Path);
            yield return new Row($"{command} of 1 GiB: most memory / goal", most / MemoryGoal, 1, Row.AtMost, most, MemoryGoal, "MB") { RatioIs = "ours / goal" };
        }
    }

    private static double Time(params string[] arguments)
    {
        Terminal terminal = new(Stream.Null, TextWriter.Null);
        long start = Stopwatch.GetTimestamp();
        int exitCode = LogDump.Program.Run(arguments, terminal);
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return exitCode == 0 ? milliseconds : throw new InvalidOperationException($"logdump {arguments[0]} ended with {exitCode}.");
    }

    // The most that was resident, the mapped pages of the log included.
    private static double MostMemory(string command, string path)
    {
        ProcessStartInfo start = new(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [typeof(LogDump.Program).Assembly.Location, command, path, "--format", "jsonl"])
        {
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        Thread drain = new(() => process.StandardOutput.BaseStream.CopyTo(Stream.Null));
        drain.Start();
        long most = 0;
        while (!process.WaitForExit(2))
        {
            process.Refresh();
            try
            {
                most = Math.Max(most, process.PeakWorkingSet64);
            }
            catch (InvalidOperationException) when (process.HasExited)
            {
                // Between the two calls.
            }
        }

        drain.Join();
        return process.ExitCode == 0 ? most / 1e6 : throw new InvalidOperationException($"logdump {command} ended with {process.ExitCode}.");
    }
}
