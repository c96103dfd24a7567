using System.CommandLine;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Dump;

/// <summary><c>logdump</c>: how fast the log inspector reads a large log, and how much memory it takes.</summary>
internal static class DumpCommand
{
    /// <summary>The command.</summary>
    public static Command Create() => RatioCommand.Create(
        "logdump",
        "Measures logdump verify and list on a log of 1 GiB, beside CRC-64 over the same bytes.",
        ", with a small log",
        static run => [.. new DumpRatios(run.Workspace, run.Effort).Measure()],
        ("ours", "baseline"));
}
