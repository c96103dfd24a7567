using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace RaftEngine.LogDump.Commands;

/// <summary><c>logdump map DIR</c>: what each stretch of each segment is.</summary>
internal static class MapCommand
{
    private static readonly TableSchema Schema = new(
        "extents",
        "extent",
        new Column("segment", "segment", -28),
        new Column("kind", "kind", -12),
        new Column("offset", "offset", 11),
        new Column("length", "length", 11),
        new Column("firstIndex", "first index", 12),
        new Column("lastIndex", "last index", 12),
        new Column("what", "what"))
    { IsStreamed = true };

    private static readonly ExtentKind[] Legend =
    [
        ExtentKind.Ok, ExtentKind.Unsynced, ExtentKind.Slack, ExtentKind.Stale, ExtentKind.Torn, ExtentKind.Damaged, ExtentKind.BrokenChain, ExtentKind.Detached,
    ];

    public static Command Create(CommandLine line)
    {
        Argument<string> directory = DirectoryArgument.Create();
        Command command = new("map", "Draws each segment: what is whole, unsynced, empty, torn, damaged, or does not continue what is before it.") { directory };
        line.OnRun(command, (parsed, context) => Run(parsed.GetRequiredValue(directory), context));
        return command;
    }

    private static int Run(string path, CommandContext context)
    {
        DirectoryVerification found = context.Verify(path);
        IReadOnlyList<SegmentPicture> pictures = context.Behind(found, inspector => LogMap.Read(inspector,
            context.Interrupted));
        if (!context.IsForPeople)
        {
            context.Rows.BeginTable(Schema);
        }

        foreach (SegmentPicture picture in pictures)
        {
            if (context.IsForPeople)
            {
                context.Draw(() => Picture(picture, context.Width));
            }
            else
            {
                Write(context.Rows, picture);
            }
        }

        context.Draw(LegendLine);
        foreach (string behind in DamageIn(pictures).Except(found.Findings.Select(static finding => finding.What)))
        {
            context.Say(behind);
        }

        context.Tell(found, path);
        return found.IsDamaged || pictures.Any(static picture => picture.IsDamaged) ? ExitCodes.Damage
            : ExitCodes.Clean;
    }

    private static IEnumerable<string> DamageIn(IReadOnlyList<SegmentPicture> pictures) =>
        pictures.SelectMany(static picture => picture.Extents)
        .Where(static extent => extent.Kind is ExtentKind.Damaged or ExtentKind.BrokenChain).Select(static extent =>
            extent.What ?? "damaged");

    private static void Write(RowWriter rows, SegmentPicture picture)
    {
        foreach (Extent extent in picture.Extents)
        {
            rows.Text(picture.Name);
            rows.Text(NameOf(extent.Kind));
            rows.Number(extent.Offset);
            rows.Number(extent.Length);
            rows.NumberOrNothing(extent.FirstIndex == 0 ? null : extent.FirstIndex);
            rows.NumberOrNothing(extent.FirstIndex == 0 ? null : extent.LastIndex);
            rows.TextOrNothing(extent.What);
            rows.EndRow();
        }
    }

    private static Rows Picture(SegmentPicture picture, int width)
    {
        Paragraph bar = new();
        foreach (ExtentKind cell in picture.Cells(System.Math.Clamp(width - 4, 20, 96)))
        {
            bar.Append(SignOf(cell), StyleOf(cell));
        }

        long records = picture.Extents.Where(static extent => extent.Kind is ExtentKind.Ok or ExtentKind.Unsynced).Sum(static extent => extent.LastIndex - extent.FirstIndex + 1);
        List<IRenderable> lines = [new Text($"{picture.Name}  {(picture.IsLast ? "active" : "sealed")}  {records} records", new Style(decoration: Decoration.Bold)), bar];
        lines.AddRange(picture.Extents.Where(static extent => extent.Kind > ExtentKind.Ok && extent.Kind != ExtentKind.Mark).Select(Remark));
        return new Rows(lines);
    }

    private static Text Remark(Extent extent)
    {
        string to = extent.FirstIndex == extent.LastIndex ? "" : $" to {extent.LastIndex}";
        string indexes = extent.FirstIndex == 0 ? "" : $", index {extent.FirstIndex}{to}";
        string where = $"  {SignOf(extent.Kind)} {NameOf(extent.Kind)} at {extent.Offset}, {extent.Length} bytes{indexes}";
        return new Text(where, StyleOf(extent.Kind));
    }

    private static Rows LegendLine()
    {
        Paragraph legend = new();
        foreach (ExtentKind kind in Legend)
        {
            legend.Append(SignOf(kind), StyleOf(kind)).Append($"\u00a0{NameOf(kind)}  ", new Style(Color.Grey));
        }

        return new Rows(legend);
    }

    private static string NameOf(ExtentKind kind) => kind switch
    {
        ExtentKind.Slack => "slack",
        ExtentKind.Stale => "stale",
        ExtentKind.Header => "header",
        ExtentKind.Ok => "ok",
        ExtentKind.Mark => "mark",
        ExtentKind.Unsynced => "unsynced",
        ExtentKind.Torn => "torn",
        ExtentKind.Detached => "detached",
        ExtentKind.BrokenChain => "broken-chain",
        _ => "damaged",
    };

    private static string SignOf(ExtentKind kind) => kind switch
    {
        ExtentKind.Slack => "·",
        ExtentKind.Stale => "░",
        ExtentKind.Header or ExtentKind.Ok or ExtentKind.Mark => "█",
        ExtentKind.Unsynced => "▓",
        ExtentKind.Torn => "~",
        ExtentKind.Detached => "▒",
        ExtentKind.BrokenChain => "≠",
        _ => "×",
    };

    private static Style StyleOf(ExtentKind kind) => kind switch
    {
        ExtentKind.Slack or ExtentKind.Stale => new Style(Color.Grey),
        ExtentKind.Header or ExtentKind.Ok or ExtentKind.Mark => new Style(Color.Green),
        ExtentKind.Unsynced or ExtentKind.Torn or ExtentKind.Detached => new Style(Color.Yellow),
        _ => new Style(Color.Red, decoration: Decoration.Bold),
    };
}
