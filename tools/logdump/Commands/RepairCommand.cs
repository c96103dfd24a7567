using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;
using RaftEngine.Storage;

namespace RaftEngine.LogDump.Commands;

/// <summary><c>logdump repair DIR</c>: what can be repaired in one directory by itself, which is a torn tail; and for all else, how the replica is rebuilt.</summary>
internal static class RepairCommand
{
    private static readonly TableSchema Repair = new(
        "repair",
        "repair",
        new Column("state", "state"),
        new Column("segment", "segment"),
        Column.Number("offset", "offset"),
        Column.Number("lastIndex", "last index kept"),
        Column.Number("cutBytes", "to cut, bytes"),
        new Column("isApplied", "applied"),
        new Column("backup", "copy"))
    { IsSingle = true };

    public static Command Create(CommandLine line)
    {
        Argument<string> directory = DirectoryArgument.Create();
        Option<bool> apply = new("--apply") { Description = "Does it. Without this option nothing is changed." };
        Option<string?> backup = new("--backup")
        {
            Description = "The directory for a copy of what is changed; by default one beside the data directory, with the time in its name.",
        };
        Command command = new("repair", "Cuts a torn tail; says of any other damage how the replica is rebuilt. Only looks, without --apply.") { directory, apply, backup };
        line.OnRun(command, (parsed, context) => Run(parsed.GetRequiredValue(directory), parsed.GetValue(apply), parsed.GetValue(backup), context));
        return command;
    }

    private static int Run(string path, bool isApplying, string? backup, CommandContext context)
    {
        if (isApplying && !Directory.Exists(path))
        {
            throw new UsageException(
                $"'{path}' is no data directory. Only a directory as a whole can be locked and repaired.");
        }

        DirectoryVerification found = context.Verify(path);
        if (found.IsDamaged)
        {
            ShowDamage(found, context);
            return ExitCodes.Damage;
        }

        Finding? torn = found.Findings.FirstOrDefault(static finding => finding.File.EndsWith(SegmentFormat.Extension,
            StringComparison.Ordinal));
        if (torn is null || !isApplying)
        {
            Show(torn, found, null, context);
            return ExitCodes.Clean;
        }

        string beside = Path.TrimEndingDirectorySeparator(found.Inspector!.Path) + ".before-repair-";
        string copies = backup ?? string.Create(CultureInfo.InvariantCulture,
            $"{beside}{DateTime.UtcNow:yyyyMMddTHHmmssfffZ}");
        TornTail? cut = TornTail.Cut(found.Inspector, segment => Copy(found.Inspector.Path, segment, copies));
        Show(cut is null ? null : torn, found, cut is null ? null : copies, context);
        return ExitCodes.Clean;
    }

    private static void Show(Finding? torn, DirectoryVerification found, string? copies, CommandContext context)
    {
        RowWriter rows = context.Rows;
        rows.BeginTable(Repair);
        rows.Text(torn is null ? "clean" : "torn tail", torn is null ? Tone.Good : Tone.Warning);
        rows.TextOrNothing(torn?.File);
        rows.NumberOrNothing(torn?.Offset);
        rows.NumberOrNothing(torn is null ? null : found.Log?.LastIndex);
        rows.Number(torn is null ? 0 : found.Log!.TornTailBytes);
        rows.Flag(copies is not null);
        rows.TextOrNothing(copies);
        rows.EndRow();
        context.Advise(torn is null ? "The log ends cleanly. There is nothing to repair."
            : copies is not null ? $"Cut. {torn.File} as it was is in {copies}."
            : "A write that never finished lies behind the last record. Nothing in it was ever acknowledged, and the node cuts it by itself when it starts; --apply cuts it now.");
    }

    // What was on disk, and may have been acknowledged, is never cut by a tool: only the other replicas know what it
    // was.
    private static void ShowDamage(DirectoryVerification found, CommandContext context)
    {
        Finding first = found.Findings[0];
        RowWriter rows = context.Rows;
        rows.BeginTable(Repair);
        rows.Text("damaged", Tone.Bad);
        rows.Text(first.File);
        rows.NumberOrNothing(first.Offset < 0 ? null : first.Offset);
        rows.NumberOrNothing(found.Log?.LastIndex);
        rows.Nothing();
        rows.Flag(false);
        rows.Nothing();
        rows.EndRow();
        foreach (Finding finding in found.Findings.Where(static finding => finding.IsDamage))
        {
            context.Say(finding.What);
        }

        context.Advise("This was on disk, and may have been acknowledged: nothing can be cut safely, and nothing was changed. Rebuild the replica from its peers:");
        for (int i = 0; i < Advice.Steps.Length; i++)
        {
            context.Advise($"  {i + 1}. {Advice.Steps[i]}");
        }

        context.Advise("If the disk did this, replace it first.");
    }

    private static void Copy(string directory, string segment, string copies)
    {
        using FileSystemDirectory target = FileSystemDirectory.OpenOrCreate(copies);
        string copy = Path.Combine(target.Path, segment);
        File.Copy(Path.Combine(directory, segment), copy, overwrite: false);
        using (IStorageFile file = target.Open(segment))
        {
            file.Sync();
        }

        target.Sync();
    }
}
