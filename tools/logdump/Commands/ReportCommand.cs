using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.CommandLine;
using System.IO;
using System.Text;
using RaftEngine.Log;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;
using RaftEngine.LogDump.Report;

namespace RaftEngine.LogDump.Commands;

/// <summary><c>logdump report DIR -o FILE</c>: a page with everything that there is to see.</summary>
internal static class ReportCommand
{
    private const int MostPictures = 64; // at either end, and of those that are damaged

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
        LogInspector inspector = LogInspector.Open(directory);
        ReportData data;
        using (ProgressLine progress = context.Progress(inspector.Path))
        {
            DirectoryVerification found = DirectoryVerification.Of(inspector, progress.Report, context.Interrupted);
            LogSurvey survey = LogSurvey.Of(inspector, progress.Report, context.Interrupted);
            data = new ReportData(DateTimeOffset.UtcNow, found, survey, FactsOf(inspector, found, context), Pictures(inspector, context));
        }

        byte[] page = Encoding.UTF8.GetBytes(ReportPage.Of(data));
        string path = Path.GetFullPath(file);
        string temporary = path + ".new";
        File.WriteAllBytes(temporary, page);
        File.Move(temporary, path, overwrite: true);
        context.Rows.BeginTable(Schema);
        context.Rows.Text(path);
        context.Rows.Number(page.Length);
        context.Rows.Text(data.Found.IsDamaged ? "damaged" : "clean", data.Found.IsDamaged ? Tone.Bad : Tone.Good);
        context.Rows.EndRow();
        return data.Found.IsDamaged ? ExitCodes.Damage : ExitCodes.Clean;
    }

    // A damaged header keeps the list of segments from being read; the findings say which.
    private static ImmutableArray<SegmentFacts> FactsOf(LogInspector inspector, DirectoryVerification found, CommandContext context)
    {
        try
        {
            return SegmentFile.ReadFacts(inspector, context.Interrupted);
        }
        catch (LogCorruptedException) when (found.IsDamaged)
        {
            return [];
        }
    }

    private static List<SegmentPicture> Pictures(LogInspector inspector, CommandContext context)
    {
        List<SegmentPicture> first = [];
        Queue<SegmentPicture> last = new();
        int damaged = 0;
        foreach (SegmentPicture picture in LogMap.Read(inspector, context.Interrupted))
        {
            if (first.Count < MostPictures || (picture.IsDamaged && damaged++ < MostPictures))
            {
                first.Add(picture);
                continue;
            }

            last.Enqueue(picture);
            if (last.Count > MostPictures)
            {
                last.Dequeue();
            }
        }

        return [.. first, .. last];
    }
}
