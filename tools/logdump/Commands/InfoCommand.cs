using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Commands;

/// <summary><c>logdump info DIR</c>: whose log it is, what it holds, and whether that is as it was written.</summary>
internal static class InfoCommand
{
    private static readonly TableSchema Summary = new(
        "log",
        "log",
        new Column("directory", "directory"),
        new Column("clusterId", "cluster"),
        new Column("groupId", "group"),
        new Column("nodeId", "node"),
        new Column("logId", "log id"),
        new Column("term", "term"),
        new Column("vote", "vote"),
        new Column("hardStateSequence", "hard state saved"),
        new Column("recoveries", "recoveries"),
        new Column("origin", "began") { IsProse = true },
        new Column("firstIndex", "first index"),
        new Column("lastIndex", "last index"),
        new Column("lastTerm", "last term"),
        new Column("fingerprint", "fingerprint"),
        new Column("segments", "segments"),
        new Column("recordBytes", "records, bytes"),
        new Column("fileBytes", "segment files, bytes"),
        new Column("syncedThrough", "synced through"),
        new Column("unsyncedBytes", "not known synced, bytes"),
        new Column("tornTailBytes", "torn tail, bytes"),
        new Column("result", "result"))
    { IsSingle = true };

    public static Command Create(CommandLine line)
    {
        Argument<string> directory = DirectoryArgument.Create();
        Option<bool> quick = new("--quick")
        {
            Description =
            "Reads headers, tables and the last segment alone: says nothing of damage elsewhere."
        };
        Command command = new("info",
            "Shows whose log it is, its hard state, extent, fingerprint, segments and snapshots; also of a backup.") { directory, quick };
        line.OnRun(command, (parsed, context) => Run(parsed.GetRequiredValue(directory), parsed.GetValue(quick),
            context));
        return command;
    }

    private static int Run(string path, bool isQuick, CommandContext context)
    {
        DirectoryVerification found = context.Verify(path, isQuick, takesBackup: true);
        IReadOnlyList<SegmentFacts> segments = context.Behind(found, inspector => SegmentFile.ReadFacts(inspector,
            found.Log, context.Interrupted));
        if (!Subject.IsBackup(path))
        {
            WriteSummary(path, found, segments, isQuick, context.Rows);
        }

        if (segments.Count > 0 || !context.IsForPeople)
        {
            SegmentRows.Write(context.Rows, segments);
        }

        if (found.Snapshots.Count > 0 || !context.IsForPeople)
        {
            SnapshotRows.Write(context.Rows, found.Snapshots);
        }

        context.Tell(found, path);
        return found.IsDamaged ? ExitCodes.Damage : ExitCodes.Clean;
    }

    private static string? OriginOf(LogInspector inspector) => inspector.Origin switch
    {
        DirectoryOrigin.Bootstrapped => $"bootstrapped with {inspector.FirstVoters}",
        DirectoryOrigin.Joined => "joined",
        _ => null,
    };

    private static void WriteSummary(string path, DirectoryVerification found, IReadOnlyList<SegmentFacts> segments,
        bool isQuick, RowWriter rows)
    {
        LogInspector? inspector = found.Inspector;
        bool hasOwner = inspector is { IsSingleSegment: false }; // of a segment alone nothing says whose it is
        LogVerification? log = found.Log;
        LogVerification? end = log?.Damage is null ? log : null; // what is behind damage is not known
        rows.BeginTable(Summary);
        rows.Text(hasOwner ? inspector!.Path : System.IO.Path.GetFullPath(path));
        rows.TextOrNothing(hasOwner ? $"{inspector!.Owner.ClusterId}" : null);
        rows.UnsignedOrNothing(hasOwner ? inspector!.Owner.GroupId : null);
        rows.UnsignedOrNothing(hasOwner ? inspector!.Owner.NodeId : null);
        rows.TextOrNothing(inspector is null ? null : $"{inspector.Owner.LogId}");
        rows.NumberOrNothing(hasOwner ? inspector!.HardState.Term : null);
        rows.UnsignedOrNothing(hasOwner ? inspector!.HardState.Vote : null);
        rows.NumberOrNothing(hasOwner ? inspector!.HardStateSequence : null);
        rows.NumberOrNothing(hasOwner ? inspector!.Recoveries : null);
        rows.TextOrNothing(hasOwner ? OriginOf(inspector!) : null);
        rows.NumberOrNothing(log?.FirstIndex);
        rows.NumberOrNothing(log?.LastIndex);
        rows.NumberOrNothing(log?.LastTerm);
        rows.HexOrNothing(log?.Fingerprint);
        rows.NumberOrNothing(log is null ? null : segments.Count);
        rows.NumberOrNothing(log is null ? null : segments.Sum(static segment => segment.RecordBytes));
        rows.NumberOrNothing(log is null ? null : segments.Sum(static segment => segment.Segment.SizeBytes));
        rows.NumberOrNothing(end?.SyncedThrough);
        rows.NumberOrNothing(end?.LastSegmentEnd - end?.SyncedThrough);
        rows.NumberOrNothing(end?.TornTailBytes, end?.TornTailBytes > 0 ? Tone.Warning : Tone.Plain);
        rows.Text(Results.Of(found, isQuick), found.IsDamaged ? Tone.Bad : Tone.Good);
        rows.EndRow();
    }
}
