using System;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.LogDump.Decoding;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;
using RaftEngine.Protocol;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace RaftEngine.LogDump.Commands;

/// <summary><c>logdump stats DIR</c>: numbers over all records.</summary>
internal static class StatsCommand
{
    private const int CurveRows = 10;

    private static readonly TableSchema Totals = new(
        "totals",
        "totals",
        new Column("records", "records"),
        new Column("recordBytes", "records, bytes"),
        new Column("payloadBytes", "payloads, bytes"),
        new Column("meanPayloadBytes", "mean payload, bytes"),
        new Column("largestPayloadBytes", "largest payload, bytes"),
        new Column("overheadPercent", "headers, checksums, padding, %"),
        new Column("terms", "terms"),
        new Column("marksWritten", "tail marks written"),
        new Column("recordsPerMark", "records per mark, at least"),
        new Column("logTimeMilliseconds", "log's time, ms"))
    { IsSingle = true };

    private static readonly TableSchema Kinds = new(
        "kinds",
        "kind",
        new Column("kind", "kind"),
        Column.Number("records", "records"),
        Column.Number("payloadBytes", "payloads, bytes"),
        Column.Number("percent", "%"));

    private static readonly TableSchema Types = new(
        "types",
        "type",
        new Column("type", "type"),
        Column.Number("records", "records"),
        Column.Number("payloadBytes", "payloads, bytes"),
        Column.Number("percent", "%"));

    private static readonly TableSchema Sizes = new(
        "sizes",
        "size",
        Column.Number("fromBytes", "payload from"),
        Column.Number("toBytes", "to, bytes"),
        Column.Number("records", "records"),
        Column.Number("payloadBytes", "payloads, bytes"),
        new Column("bar", ""));

    private static readonly TableSchema Growth = new(
        "growth",
        "growthPoint",
        Column.Number("logTimeMilliseconds", "log's time, ms"),
        Column.Number("index", "index"),
        Column.Number("recordBytes", "records, bytes"));

    public static Command Create(CommandLine line)
    {
        Argument<string> directory = DirectoryArgument.Create();
        Option<string?> decoder = DecoderOption.Create();
        Command command = new("stats",
            "Shows sizes, kinds and terms of all entries, and how the log has grown; with a decoder, commands by type.") { directory, decoder };
        line.OnRun(command, (parsed, context) =>
        {
            using PayloadDecoder? opened = DecoderOption.Open(parsed.GetValue(decoder));
            return Run(parsed.GetRequiredValue(directory), opened, context);
        });
        return command;
    }

    private static int Run(string directory, PayloadDecoder? decoder, CommandContext context)
    {
        LogInspector inspector = Subject.OpenLog(directory);
        LogSurvey survey;
        using (ProgressLine progress = context.Progress(directory))
        {
            survey = LogSurvey.Of(inspector, decoder, progress.Report, context.Interrupted);
        }

        WriteTotals(context.Rows, survey);
        WriteKinds(context.Rows, survey);
        if (survey.Types is not null)
        {
            WriteTypes(context.Rows, survey.Types);
        }

        WriteSizes(context, survey);
        if (context.IsForPeople)
        {
            if (survey.Growth.Points.Count > 1)
            {
                context.Draw(() => Curve(survey, Math.Min(context.Width, 100)));
            }
        }
        else
        {
            WriteGrowth(context.Rows, survey);
        }

        return survey.Verification.Damage is null ? ExitCodes.Clean : throw survey.Verification.Damage;
    }

    private static void WriteTotals(RowWriter rows, LogSurvey survey)
    {
        LogVerification log = survey.Verification;
        rows.BeginTable(Totals);
        rows.Number(survey.Sizes.Count);
        rows.Number(survey.RecordBytes);
        rows.Number(survey.Sizes.TotalBytes);
        rows.FractionOrNothing(survey.Sizes.TotalBytes, survey.Sizes.Count);
        rows.NumberOrNothing(survey.Sizes.Count == 0 ? null : survey.Sizes.Largest);
        rows.FractionOrNothing(100.0 * (survey.RecordBytes - survey.Sizes.TotalBytes), survey.RecordBytes);
        rows.Number(survey.TermCount);
        rows.NumberOrNothing(log.MarkSequence == 0 ? null : log.MarkSequence);
        // marks of records that were compacted count too: so at least
        rows.FractionOrNothing(survey.Sizes.Count, survey.Sizes.Count == 0 ? 0 : log.MarkSequence);
        rows.NumberOrNothing(survey.Growth.Points.Count == 0 ? null : survey.Growth.Points[^1].TimeMilliseconds);
        rows.EndRow();
    }

    private static void WriteKinds(RowWriter rows, LogSurvey survey)
    {
        rows.BeginTable(Kinds);
        foreach (EntryKind kind in survey.Kinds)
        {
            rows.Text(KindNames.Of(kind));
            rows.Number(survey.CountOf(kind));
            rows.Number(survey.PayloadBytesOf(kind));
            rows.Fraction(100.0 * survey.CountOf(kind) / survey.Sizes.Count);
            rows.EndRow();
        }
    }

    private static void WriteTypes(RowWriter rows, CommandTypes types)
    {
        rows.BeginTable(Types);
        foreach ((string name, long records, long bytes) in types.All)
        {
            rows.Text(name);
            rows.Number(records);
            rows.Number(bytes);
            rows.Fraction(100.0 * records / types.Records);
            rows.EndRow();
        }
    }

    private static void WriteSizes(CommandContext context, LogSurvey survey)
    {
        SizeHistogram sizes = survey.Sizes;
        long most = Enumerable.Range(0, sizes.Length).Select(sizes.CountOf).DefaultIfEmpty().Max();
        RowWriter rows = context.Rows;
        rows.BeginTable(context.IsForPeople ? Sizes : Sizes with { Columns = Sizes.Columns[..^1] });
        for (int bucket = sizes.FirstFrom(0); bucket < sizes.Length; bucket = sizes.FirstFrom(bucket + 1))
        {
            rows.Number(SizeHistogram.LowestOf(bucket));
            rows.Number(SizeHistogram.HighestOf(bucket));
            rows.Number(sizes.CountOf(bucket));
            rows.Number(sizes.BytesOf(bucket));
            if (context.IsForPeople)
            {
                rows.Text(Bars.Of(sizes.CountOf(bucket), most, Math.Clamp(context.Width - 60, 10, 40)), Tone.Good);
            }

            rows.EndRow();
        }
    }

    private static void WriteGrowth(RowWriter rows, LogSurvey survey)
    {
        rows.BeginTable(Growth);
        foreach (GrowthPoint point in survey.Growth.Points)
        {
            rows.Number(point.TimeMilliseconds);
            rows.Number(point.Index);
            rows.Number(point.RecordBytes);
            rows.EndRow();
        }
    }

    // How many bytes there were by which time: an area of block characters.
    private static Rows Curve(LogSurvey survey, int width)
    {
        var points = survey.Growth.Points;
        int columns = Math.Max(10, width - 16);
        long from = points[0].TimeMilliseconds;
        long time = Math.Max(1, points[^1].TimeMilliseconds - from);
        double[] heights = new double[columns];
        int at = 0;
        for (int column = 0; column < columns; column++)
        {
            while (at + 1 < points.Count && points[at + 1].TimeMilliseconds - from <= time * (double)(column + 1) / columns)
            {
                at++;
            }

            heights[column] = points[at].RecordBytes / (double)Math.Max(1, points[^1].RecordBytes);
        }

        IRenderable[] lines = new IRenderable[CurveRows + 2];
        for (int row = 0; row < CurveRows; row++)
        {
            char[] cells = new char[columns];
            for (int column = 0; column < columns; column++)
            {
                double filled = (heights[column] * CurveRows) - (CurveRows - 1 - row);
                cells[column] = " ▁▂▃▄▅▆▇█"[Math.Clamp((int)Math.Round(filled * 8), 0, 8)];
            }

            string label = row == 0 ? $"{points[^1].RecordBytes / 1048576.0:0.0} MiB" : "";
            lines[row] = Line(label.PadLeft(12) + " │", new string(cells));
        }

        lines[CurveRows] = Line("0 └".PadLeft(14), new string('─', columns));
        string start = string.Create(CultureInfo.InvariantCulture, $"{from / 1000.0:0.0} s");
        string end = string.Create(CultureInfo.InvariantCulture, $"{points[^1].TimeMilliseconds / 1000.0:0.0} s of the log's time");
        lines[CurveRows + 1] = Line(new string(' ', 14), start + end.PadLeft(Math.Max(1, columns - start.Length)));
        return new Rows(lines);
    }

    private static Columns Line(string label, string cells) =>
        new(new Text(label, new Style(Color.Grey)), new Text(cells, new Style(Color.Green))) { Expand = false, Padding = new Padding(0, 0, 0, 0) };
}
