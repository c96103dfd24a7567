using System.Collections.Immutable;
using System.CommandLine;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Commands;

/// <summary><c>logdump segments DIR</c>: a row a segment.</summary>
internal static class SegmentsCommand
{
    public static Command Create(CommandLine line)
    {
        Argument<string> directory = DirectoryArgument.Create();
        Command command = new("segments", "Lists the segments: what they hold, when they were begun, and whether their tables of offsets are whole.") { directory };
        line.OnRun(command, (parsed, context) =>
        {
            ImmutableArray<SegmentFacts> segments =
                SegmentFile.ReadFacts(Subject.OpenLog(parsed.GetRequiredValue(directory)), null, context.Interrupted);
            SegmentRows.Write(context.Rows, segments);
            return segments.FirstOrDefault(static segment => segment.Damage is not null) is { } damaged
                ? throw damaged.Damage! : ExitCodes.Clean;
        });
        return command;
    }
}
