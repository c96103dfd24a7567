using System.CommandLine;
using System.Collections.Generic;
using RaftEngine.Log;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;

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
        new Column("what", "what"));

    public static Command Create(CommandLine line)
    {
        Argument<string> directory = DirectoryArgument.Create();
        Option<bool> strict = new("--strict") { Description = "Takes warnings, a torn tail among them, for damage." };
        Command command = new("verify", "Verifies every record, the chain, the snapshots and the hard state; says where the first damage is, if there is any.")
        {
            directory,
            strict,
        };
        line.OnRun(command, (parsed, context) => Run(parsed.GetRequiredValue(directory), parsed.GetValue(strict), context));
        return command;
    }

    private static int Run(string directory, bool isStrict, CommandContext context)
    {
        LogInspector inspector = LogInspector.Open(directory);
        DirectoryVerification found;
        using (ProgressLine progress = context.Progress(inspector.Path))
        {
            found = DirectoryVerification.Of(inspector, progress.Report, context.Interrupted);
        }

        int exitCode = found.IsDamaged || (isStrict && found.Findings.Count > 0) ? ExitCodes.Damage : ExitCodes.Clean;
        Write(context.Rows, found);
        if (found.Findings.Count > 0 || !context.IsForPeople)
        {
            Write(context.Rows, found.Findings);
        }

        foreach (Finding finding in found.Findings)
        {
            if (finding.IsDamage)
            {
                context.Say(finding.What);
            }
            else
            {
                context.Warn(finding.What);
            }
        }

        return exitCode;
    }

    private static void Write(RowWriter rows, DirectoryVerification found)
    {
        LogVerification log = found.Log;
        rows.BeginTable(Verdict);
        rows.Text(found.IsDamaged ? "damaged" : "clean", found.IsDamaged ? Tone.Bad : Tone.Good);
        rows.Number(log.Records);
        rows.Number(log.Segments);
        rows.Number(log.FirstIndex);
        rows.Number(log.LastIndex);
        rows.Number(log.LastTerm);
        rows.Number(log.RecordBytes);
        rows.Number(found.Snapshots.Count);
        rows.Hex(log.Fingerprint, Tone.Strong);
        rows.EndRow();
    }

    private static void Write(RowWriter rows, IReadOnlyList<Finding> findings)
    {
        rows.BeginTable(FindingRows);
        foreach (Finding finding in findings)
        {
            rows.Text(finding.IsDamage ? "damage" : "warning", finding.IsDamage ? Tone.Bad : Tone.Warning);
            rows.Text(finding.File);
            if (finding.Offset < 0)
            {
                rows.Nothing();
            }
            else
            {
                rows.Number(finding.Offset);
            }

            if (finding.Index == 0)
            {
                rows.Nothing();
            }
            else
            {
                rows.Number(finding.Index);
            }

            rows.Text(finding.What);
            rows.EndRow();
        }
    }
}
