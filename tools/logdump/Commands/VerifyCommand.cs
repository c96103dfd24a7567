using System.Collections.Generic;
using System.CommandLine;
using RaftEngine.Log;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;
using RaftEngine.Snapshots;

namespace RaftEngine.LogDump.Commands;

/// <summary><c>logdump verify DIR</c>: reads every byte that counts and checks it.</summary>
internal static class VerifyCommand
{
    private static readonly TableSchema Verdict = new(
        "verdict",
        "verdict",
        new Column("result", "result"),
        new Column("records", "records"),
        new Column("segments", "segments"),
        new Column("firstIndex", "first index"),
        new Column("lastIndex", "last index"),
        new Column("lastTerm", "last term"),
        new Column("recordBytes", "bytes"),
        new Column("snapshots", "snapshots"),
        new Column("fingerprint", "fingerprint"))
    { IsSingle = true };

    private static readonly TableSchema FindingRows = new(
        "findings",
        "finding",
        new Column("severity", "severity"),
        new Column("file", "file"),
        Column.Number("offset", "offset"),
        Column.Number("index", "index"),
        new Column("what", "what") { IsProse = true });

    public static Command Create(CommandLine line)
    {
        Argument<string> directory = DirectoryArgument.Create();
        Option<bool> strict = new("--strict") { Description = "Takes warnings, a torn tail among them, for damage." };
        Command command = new("verify",
            "Verifies every record, the chain, the snapshots and the hard state; says where the first damage is, if there is any; also of a backup.")
        {
            directory,
            strict,
        };
        line.OnRun(command, (parsed, context) => Run(parsed.GetRequiredValue(directory), parsed.GetValue(strict), context));
        return command;
    }

    private static int Run(string path, bool isStrict, CommandContext context)
    {
        DirectoryVerification? found = null;
        try
        {
            found = context.Verify(path, takesBackup: true);
        }
        finally
        {
            if (found is null) // a program that waits for a verdict gets one, whatever has happened
            {
                WriteUnknown(context);
            }
        }

        int exitCode = found.IsDamaged || (isStrict && found.Findings.Count > 0) ? ExitCodes.Damage : ExitCodes.Clean;
        if (context.IsQuiet && context.IsForPeople && exitCode == ExitCodes.Clean)
        {
            return exitCode;
        }

        Write(context.Rows, found);
        if (found.Findings.Count > 0 || !context.IsForPeople)
        {
            Write(context.Rows, found.Findings);
        }

        context.Tell(found, path);
        return exitCode;
    }

    private static void WriteUnknown(CommandContext context)
    {
        if (!context.IsForPeople)
        {
            context.Rows.BeginTable(Verdict);
            context.Rows.Text(Results.Unknown);
            for (int column = 1; column < Verdict.Columns.Length; column++)
            {
                context.Rows.Nothing();
            }

            context.Rows.EndRow();
            Write(context.Rows, []);
        }
    }

    private static void Write(RowWriter rows, DirectoryVerification found)
    {
        LogVerification? log = found.Log;
        SnapshotHeader? backup = found.Inspector is null && found.Snapshots is [{ Damage: null } only] ? only.Header
            : null;
        rows.BeginTable(Verdict);
        rows.Text(Results.Of(found), found.IsDamaged ? Tone.Bad : Tone.Good);
        rows.NumberOrNothing(log?.Records);
        rows.NumberOrNothing(log?.Segments);
        rows.NumberOrNothing(log?.FirstIndex);
        rows.NumberOrNothing(log?.LastIndex ?? backup?.Index);
        rows.NumberOrNothing(log?.LastTerm ?? backup?.Term);
        rows.NumberOrNothing(log?.RecordBytes);
        rows.Number(found.Snapshots.Count);
        rows.HexOrNothing(log?.Fingerprint ?? backup?.Chain, Tone.Strong);
        rows.EndRow();
    }

    private static void Write(RowWriter rows, IReadOnlyList<Finding> findings)
    {
        rows.BeginTable(FindingRows);
        foreach (Finding finding in findings)
        {
            rows.Text(finding.IsDamage ? "damage" : "warning", finding.IsDamage ? Tone.Bad : Tone.Warning);
            rows.Text(finding.File);
            rows.NumberOrNothing(finding.Offset < 0 ? null : finding.Offset);
            rows.NumberOrNothing(finding.Index == 0 ? null : finding.Index);
            rows.Text(finding.What);
            rows.EndRow();
        }
    }
}
