using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Text;
using RaftEngine.Log;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;
using RaftEngine.LogDump.Report;

namespace RaftEngine.LogDump.Commands;

/// <summary><c>logdump report DIR -o FILE</c>: a page with everything that there is to see.</summary>
internal static class ReportCommand
{
    private static readonly TableSchema Schema = new("report", "report", new Column("file", "report"), new Column("bytes", "bytes"), new Column("result", "result"))
    { IsSingle = true };

    public static Command Create(CommandLine line)
    {
        Argument<string> directory = DirectoryArgument.Create();
        Option<string> output = new("--output", "-o") { Description = "The HTML file to write; one that is there is replaced.", Required = true };
        Command command = new("report", "Writes a self-contained HTML page: verdict, damage map, terms, sizes, growth, segments.") { directory, output };
        line.OnRun(command, (parsed, context) => Run(parsed.GetRequiredValue(directory), parsed.GetRequiredValue(output), context));
        return command;
    }

    private static int Run(string directory, string file, CommandContext context)
    {
        DirectoryVerification found = context.Verify(directory);
        LogSurvey? survey = null;
        if (found.Log is not null)
        {
            using ProgressLine progress = context.Progress(directory);
            IReadOnlyList<LogSurvey> surveys = context.Behind<LogSurvey>(found, log => [LogSurvey.Of(log, null, progress.Report, context.Interrupted)]);
            survey = surveys.Count == 0 ? null : surveys[0];
        }

        IReadOnlyList<SegmentPicture> pictures = context.Behind(found, log => LogMap.Read(log, context.Interrupted));
        IReadOnlyList<SegmentFacts> segments = context.Behind(found, log => SegmentFile.ReadFacts(log, found.Log,
            context.Interrupted));
        byte[] page = Encoding.UTF8.GetBytes(ReportPage.Of(
            new ReportData(Path.GetFullPath(directory), DateTimeOffset.UtcNow, found, survey, [.. segments],
            pictures)));
        string path = Path.GetFullPath(file);
        string temporary = path + ".new";
        File.WriteAllBytes(temporary, page);
        File.Move(temporary, path, overwrite: true);
        context.Rows.BeginTable(Schema);
        context.Rows.Text(path);
        context.Rows.Number(page.Length);
        context.Rows.Text(Results.Of(found), found.IsDamaged ? Tone.Bad : Tone.Good);
        context.Rows.EndRow();
        context.Tell(found, directory);
        return found.IsDamaged ? ExitCodes.Damage : ExitCodes.Clean;
    }
}
