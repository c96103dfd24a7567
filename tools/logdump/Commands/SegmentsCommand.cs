using System.CommandLine;
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
            SegmentRows.Write(context.Rows, SegmentFile.ReadFacts(LogInspector.Open(parsed.GetRequiredValue(directory)), context.Interrupted));
            return ExitCodes.Clean;
        });
        return command;
    }
}
