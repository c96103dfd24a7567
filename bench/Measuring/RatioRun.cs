using System.CommandLine;
using System.IO;

namespace RaftEngine.Bench.Measuring;

/// <summary>What a command that measures ratios has to work with.</summary>
/// <param name="Workspace">Where its files lie.</param>
/// <param name="Effort">How much it measures.</param>
/// <param name="Output">Where it says what it does.</param>
/// <param name="Options">The command line, for options of its own.</param>
internal sealed record RatioRun(Workspace Workspace, Effort Effort, TextWriter Output, ParseResult Options);
