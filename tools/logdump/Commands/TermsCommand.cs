using System;
using System.CommandLine;
using RaftEngine.Log;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Commands;

/// <summary><c>logdump terms DIR</c>: a row a term, with the no-op of its leader.</summary>
internal static class TermsCommand
{
    private static readonly TableSchema Schema = new(
        "terms",
        "term",
        new Column("term", "term", 10),
        new Column("firstIndex", "first index", 12),
        new Column("lastIndex", "last index", 12),
        new Column("records", "records", 12) { DropOrder = 1 },
        new Column("recordBytes", "bytes", 14) { DropOrder = 2 },
        new Column("noOpIndex", "no-op", 12),
        new Column("timeline", "timeline"))
    { IsStreamed = true };

    public static Command Create(CommandLine line)
    {
        Argument<string> directory = DirectoryArgument.Create();
        Command command = new("terms", "Shows the timeline of terms: which indexes each has, and the no-op with which its leader began.") { directory };
        line.OnRun(command, (parsed, context) => Run(parsed.GetRequiredValue(directory), context));
        return command;
    }

    private static int Run(string directory, CommandContext context)
    {
        LogInspector inspector = Subject.OpenLog(directory);
        RowWriter rows = context.Rows;
        rows.BeginTable(context.IsForPeople ? Schema : Schema with { Columns = Schema.Columns[..^1] });
        long first = inspector.ReadStart().FirstIndex;
        long last = context.IsForPeople ? inspector.VerifyEnd(context.Interrupted).LastIndex : 0;
        TermRuns runs = new(run =>
        {
            rows.Number(run.Term);
            rows.Number(run.FirstIndex);
            rows.Number(run.LastIndex);
            rows.Number(run.Records);
            rows.Number(run.RecordBytes);
            rows.NumberOrNothing(run.NoOpIndex == 0 ? null : run.NoOpIndex);
            if (context.IsForPeople)
            {
                rows.Text(Timeline(run, first, last, Math.Max(8, context.LastWidth)), Tone.Good);
            }

            rows.EndRow();
        });
        try
        {
            using ProgressLine progress = context.Progress(directory);
            LogVerification log = inspector.Verify((_, _, record) =>
            {
                runs.Add(record);
                return true;
            }, progress.Report, context.Interrupted);
            return log.Damage is null ? ExitCodes.Clean : throw log.Damage;
        }
        finally
        {
            runs.Complete();
        }
    }

    // Where in the log the term lies; the no-op is where it begins.
    private static string Timeline(in TermRun run, long first, long last, int width)
    {
        double whole = Math.Max(1, last - first + 1);
        int from = (int)Math.Clamp((run.FirstIndex - first) / whole * width, 0, width - 1);
        int to = (int)Math.Clamp(Math.Ceiling((run.LastIndex - first + 1) / whole * width), from + 1, width);
        return new string('·', from) + (run.NoOpIndex == run.FirstIndex ? '┣' : '├') + new string('━', to - from - 1)
            + new string('·', width - to);
    }
}
