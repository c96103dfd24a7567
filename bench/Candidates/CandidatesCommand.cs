using System.CommandLine;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Candidates;

/// <summary><c>candidates</c>: the designs that lost, each beside the one that won, so that the decisions can be looked at again on another machine.</summary>
internal static class CandidatesCommand
{
    /// <summary>The command.</summary>
    public static Command Create() => RatioCommand.Create(
        "candidates",
        "Measures the designs that lost, beside those that won.",
        "",
        static run =>
        [
            .. new MappedStore(run.Workspace, run.Effort).Measure(),
            .. new MarkInHeader(run.Workspace, run.Effort).Measure(),
            .. new LargePieces(run.Workspace, run.Effort).Measure(),
            .. new OtherChecksums(run.Effort).Measure(),
        ],
        ("candidate", "winner"));
}
