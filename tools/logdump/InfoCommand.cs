using System.CommandLine;
using System.Globalization;
using System.IO;
using RaftEngine.Log;
using Spectre.Console;

namespace RaftEngine.LogDump;

/// <summary><c>logdump info DIR</c>: whose log it is, what it holds, and its segments.</summary>
internal static class InfoCommand
{
    /// <summary>Wide enough for the segments' table wherever the output goes.</summary>
    private const int PlainWidth = 140;

    public static Command Create(TextWriter output)
    {
        Argument<string> directory = DirectoryArgument.Create();
        Command command = new("info", "Shows the owner, the hard state, the extent and the segments of a log.") { directory };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(directory), output));
        return command;
    }

    private static int Run(string directory, TextWriter output)
    {
        LogInspector inspector = LogInspector.Open(directory);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = int.Max(console.Profile.Width, PlainWidth);
        LogVerification log = inspector.Verify();
        console.Write(Summary(inspector, log));
        if (log.Damage is not null)
        {
            throw log.Damage;
        }

        console.Write(Segments(inspector));
        return ExitCodes.Clean;
    }

    private static Table Summary(LogInspector inspector, LogVerification log)
    {
        Table table = new Table().AddColumns("what", "value").HideHeaders();
        Row(table, "cluster", $"{inspector.Owner.ClusterId}");
        Row(table, "group", $"{inspector.Owner.GroupId}");
        Row(table, "node", $"{inspector.Owner.NodeId}");
        Row(table, "log id", $"{inspector.Owner.LogId}");
        Row(table, "hard state: term", $"{inspector.HardState.Term}");
        Row(table, "hard state: vote", $"{inspector.HardState.Vote}");
        Row(table, "first index", $"{log.FirstIndex}");
        Row(table, "last index", $"{log.LastIndex}");
        Row(table, "last term", $"{log.LastTerm}");
        Row(table, "records, bytes", $"{log.RecordBytes}");
        Row(table, "torn tail, bytes", $"{log.TornTailBytes}");
        Row(table, "synced through, in the last segment", $"{log.SyncedThrough}");
        Row(table, "fingerprint", $"{log.Fingerprint:x16}");
        return table;
    }

    private static Table Segments(LogInspector inspector)
    {
        Table table = new Table().AddColumns("segment", "first index", "file, bytes", "state", "created", "term before", "chain seed");
        foreach (LogSegmentInfo segment in inspector.ReadSegments())
        {
            table.AddRow(
                segment.Name,
                Text($"{segment.FirstIndex}"),
                Text($"{segment.SizeBytes}"),
                segment.IsSealed ? "sealed" : "active",
                Text($"{segment.Created:yyyy-MM-ddTHH:mm:ssZ}"),
                Text($"{segment.PreviousTerm}"),
                Text($"{segment.ChainSeed:x16}"));
        }

        return table;
    }

    private static void Row(Table table, string what, System.FormattableString value) => table.AddRow(what, Text(value));

    private static string Text(System.FormattableString value) => value.ToString(CultureInfo.InvariantCulture);
}
