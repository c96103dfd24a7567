using System.CommandLine;
using System.Globalization;
using RaftEngine.Log;
using RaftEngine.LogDump.Output;

namespace RaftEngine.LogDump.Commands;

/// <summary><c>logdump list DIR</c>: a row a record.</summary>
internal static class ListCommand
{
    public static Command Create(CommandLine line)
    {
        Argument<string> directory = DirectoryArgument.Create();
        Option<long> from = new("--from") { Description = "The first index to show.", DefaultValueFactory = _ => 0 };
        Option<long> to = new("--to") { Description = "The last index to show.", DefaultValueFactory = _ => long.MaxValue };
        Command command = new("list", "Lists records: index, term, kind, payload length, segment, offset, chain value, start of the payload.")
        {
            directory,
            from,
            to,
        };
        line.OnRun(command, (parsed, context) => Run(parsed.GetRequiredValue(directory), parsed.GetValue(from), parsed.GetValue(to), context));
        return command;
    }

    private static int Run(string directory, long from, long to, CommandContext context)
    {
        if (from > to)
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--from {from} is greater than --to {to}."));
        }

        LogInspector inspector = LogInspector.Open(directory);
        EntryRows entries = new(context.Rows);
        inspector.Visit(from, to, (segment, offset, record) =>
        {
            entries.Write(segment, offset, record);
            return true;
        });
        return ExitCodes.Clean;
    }
}
