using System.CommandLine;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Readers;

/// <summary><c>readers</c>: what a reader at the tail of the log costs callers, and how far behind it is.</summary>
internal static class ReaderCommand
{
    /// <summary>The command.</summary>
    public static Command Create() => RatioCommand.Create(
        "readers",
        "Measures 256 callers on three nodes over TCP while a reader follows the leader's log, beside the same callers without one.",
        ", with two short rounds",
        static run => new ReaderRatios(run.Workspace, run.Effort).MeasureAsync().GetAwaiter().GetResult(),
        ("with a reader", "without"));
}
