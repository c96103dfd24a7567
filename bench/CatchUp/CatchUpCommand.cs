using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.CatchUp;

/// <summary><c>catch-up</c>: what a follower that needs a snapshot costs the others while it is sent.</summary>
internal static class CatchUpCommand
{
    private const int StateMebibytes = 256;
    private const int QuickStateMebibytes = 32;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Option<DirectoryInfo> away = new("--away-directory")
        {
            Description = "Where the third node's files lie, if on a disk of its own. Otherwise what it writes and syncs is in the ratio, too.",
        };
        Option<int?> state = new("--state") { Description = $"The size of the state in MiB. By default {StateMebibytes}, or {QuickStateMebibytes} if it is to be quick." };
        return RatioCommand.Create(
            "catch-up",
            "Measures three nodes over TCP while one of them comes back by snapshot, beside the two without it.",
            ", with two rounds",
            run => Measure(run, run.Options.GetValue(away), run.Options.GetValue(state) ?? (run.Effort.IsQuick ? QuickStateMebibytes : StateMebibytes)),
            ("while it is sent", "before"),
            away,
            state);
    }

    private static IReadOnlyList<Row> Measure(RatioRun run, DirectoryInfo? awayDirectory, long stateMebibytes)
    {
        using Workspace? away = awayDirectory is null ? null : new Workspace(awayDirectory.FullName);
        away?.Describe(run.Output);
        return new CatchUpRatios(run.Workspace, away, run.Effort, stateMebibytes << 20, run.Output).MeasureAsync().GetAwaiter().GetResult();
    }
}
