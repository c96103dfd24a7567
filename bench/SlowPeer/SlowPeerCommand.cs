using System.CommandLine;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.SlowPeer;

/// <summary><c>slow-peer</c>: what a follower that is slow, or hangs, costs the others.</summary>
internal static class SlowPeerCommand
{
    /// <summary>The command.</summary>
    public static Command Create() => RatioCommand.Create(
        "slow-peer",
        "Measures three nodes over TCP while one of them is slow, or takes nothing, beside the same three while none is.",
        ", with two short rounds",
        static run => new SlowPeerRatios(run.Workspace, run.Effort, run.Output).MeasureAsync().GetAwaiter().GetResult(),
        ("hindered", "healthy"));
}
