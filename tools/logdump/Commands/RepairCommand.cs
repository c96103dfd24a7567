using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using RaftEngine.Log;
using RaftEngine.LogDump.Output;
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
        try
        {
            LogInspector inspector = LogInspector.Open(path);
            string beside = Path.TrimEndingDirectorySeparator(inspector.Path) + ".before-repair-";
            string copies = backup ?? string.Create(CultureInfo.InvariantCulture, $"{beside}{DateTime.UtcNow:yyyyMMddTHHmmssfffZ}");
            TornTail? torn = isApplying ? TornTail.Cut(inspector, segment => Copy(inspector.Path, segment, copies)) : TornTail.Find(inspector);
            Show(torn, isApplying, copies, context);
            return ExitCodes.Clean;
        }
        catch (LogCorruptedException damage)
        {
            ShowDamage(damage, context);
            Explain(damage, context);
            return ExitCodes.Damage;
        }
    }

    private static void Show(TornTail? torn, bool isApplying, string copies, CommandContext context)
    {
        RowWriter rows = context.Rows;
        rows.BeginTable(Repair);
        if (torn is null)
        {
            rows.Text("clean", Tone.Good);
            rows.Nothing();
            rows.Nothing();
            rows.Nothing();
            rows.Number(0);
            rows.Flag(false);
            rows.Nothing();
            rows.EndRow();
            context.Say("The log ends cleanly. There is nothing to repair.");
            return;
        }

        rows.Text("torn tail", Tone.Warning);
        rows.Text(torn.Segment);
        rows.Number(torn.Offset);
        rows.Number(torn.LastIndex);
        rows.Number(torn.Bytes);
        rows.Flag(isApplying);
        if (isApplying)
        {
            rows.Text(copies);
        }
        else
        {
            rows.Nothing();
        }

        rows.EndRow();
        context.Say(isApplying
            ? $"Cut. {torn.Segment} as it was is in {copies}."
            : "A write that never finished lies behind the last record. Nothing in it was ever acknowledged, and the node cuts it by itself when it starts; --apply cuts it now.");
    }

    private static void ShowDamage(LogCorruptedException damage, CommandContext context)
    {
        RowWriter rows = context.Rows;
        rows.BeginTable(Repair);
        rows.Text("damaged", Tone.Bad);
        rows.Text(damage.Segment);
        rows.Number(damage.Offset);
        rows.Number(Math.Max(0, damage.Index - 1));
        rows.Nothing();
        rows.Flag(false);
        rows.Nothing();
        rows.EndRow();
    }

    // What was on disk, and may have been acknowledged, is never cut by a tool: only the other replicas know what it was.
    private static void Explain(LogCorruptedException damage, CommandContext context)
    {
        context.Say(damage.Message);
        context.Say("""
            This was on disk, and may have been acknowledged: nothing can be cut safely, and nothing was changed. Rebuild the replica from its peers:
              1. Stop its node, and keep the directory, under another name, until all is well again.
              2. While a majority of the others runs: remove the node from the members, start it with an empty directory and with the
                 voters as its first configuration, and add it again. The leader sends it the state.
              3. If no majority is left: 'logdump recover' on the survivor with the highest last term and index, or restore a backup.
            If the disk did this, replace it first.
            """);
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
