using System.CommandLine;
using RaftEngine.Log;
using RaftEngine.LogDump.Output;

namespace RaftEngine.LogDump.Commands;

/// <summary><c>logdump verify DIR</c>: reads every record and checks the whole chain.</summary>
internal static class VerifyCommand
{
    private static readonly TableSchema Verdict = new(
        "verdict",
        "verdict",
        new Column("isClean", "clean"),
        Column.Number("records", "records"),
        Column.Number("segments", "segments"),
        Column.Number("firstIndex", "first index"),
        Column.Number("lastIndex", "last index"),
        Column.Number("recordBytes", "bytes"),
        new Column("fingerprint", "fingerprint"))
    { IsSingle = true };

    public static Command Create(CommandLine line)
    {
        Argument<string> directory = DirectoryArgument.Create();
        Option<bool> strict = new("--strict") { Description = "Takes a torn tail for damage." };
        Command command = new("verify", "Verifies every record of a log; says where the first damage is, if there is any.") { directory, strict };
        line.OnRun(command, (parsed, context) => Run(parsed.GetRequiredValue(directory), parsed.GetValue(strict), context));
        return command;
    }

    private static int Run(string directory, bool isStrict, CommandContext context)
    {
        LogVerification log = LogInspector.Open(directory).Verify();
        RowWriter rows = context.Rows;
        rows.BeginTable(Verdict);
        rows.Flag(log.Damage is null);
        rows.Number(log.Records);
        rows.Number(log.Segments);
        rows.Number(log.FirstIndex);
        rows.Number(log.LastIndex);
        rows.Number(log.RecordBytes);
        rows.Hex(log.Fingerprint);
        rows.EndRow();
        if (log.Damage is not null)
        {
            throw log.Damage;
        }

        if (log.TornTailBytes > 0)
        {
            context.Warn($"behind the last record stand {log.TornTailBytes} bytes of a write that has not finished; the node cuts them when it opens the log.");
        }

        return isStrict && log.TornTailBytes > 0 ? ExitCodes.Damage : ExitCodes.Clean;
    }
}
