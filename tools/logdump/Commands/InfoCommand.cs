using System.Collections.Generic;
using System.Collections.Immutable;
using System.CommandLine;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Commands;

/// <summary><c>logdump info DIR</c>: whose log it is, and what it holds. Reads headers, tables and the last segment; <c>verify</c> reads everything.</summary>
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
        new Column("origin", "began"),
        new Column("firstIndex", "first index"),
        new Column("lastIndex", "last index"),
        new Column("lastTerm", "last term"),
        new Column("fingerprint", "fingerprint"),
        new Column("segments", "segments"),
        new Column("recordBytes", "records, bytes"),
        new Column("fileBytes", "segment files, bytes"),
        new Column("syncedThrough", "synced through"),
        new Column("unsyncedBytes", "not known synced, bytes"),
        new Column("tornTailBytes", "torn tail, bytes"))
    { IsSingle = true };

    public static Command Create(CommandLine line)
    {
        Argument<string> directory = DirectoryArgument.Create();
        Command command = new("info", "Shows whose log it is, its hard state, extent, fingerprint, segments and snapshots.") { directory };
        line.OnRun(command, (parsed, context) => Run(parsed.GetRequiredValue(directory), context));
        return command;
    }

    private static int Run(string directory, CommandContext context)
    {
        LogInspector inspector = LogInspector.Open(directory);
        LogVerification log = inspector.VerifyEnd(context.Interrupted);
        if (log.Damage is not null)
        {
            throw log.Damage;
        }

        ImmutableArray<SegmentFacts> segments = SegmentFile.ReadFacts(inspector, context.Interrupted);
        if (!Fit(segments) && inspector.Verify(null, context.Interrupted).Damage is { } damage)
        {
            throw damage;
        }

        List<SnapshotFacts> snapshots = SnapshotFiles.Read(inspector.Path);
        WriteSummary(inspector, log, segments, context.Rows);
        SegmentRows.Write(context.Rows, segments);
        if (snapshots.Count > 0 || !context.IsForPeople)
        {
            SnapshotRows.Write(context.Rows, snapshots);
        }

        if (log.TornTailBytes > 0)
        {
            context.WarnOfTornTail(log);
        }

        foreach (SnapshotFacts damaged in snapshots.Where(static snapshot => snapshot.Damage is not null))
        {
            context.Say(damaged.Damage!.Message);
        }

        return snapshots.Exists(static snapshot => snapshot.Damage is not null) ? ExitCodes.Damage : ExitCodes.Clean;
    }

    // If they do not, one may have gone since it was looked at; what it is only reading everything can tell.
    private static bool Fit(ImmutableArray<SegmentFacts> segments)
    {
        for (int i = 1; i < segments.Length; i++)
        {
            if (segments[i].Segment.FirstIndex != segments[i - 1].LastIndex + 1)
            {
                return false;
            }
        }

        return true;
    }

    private static string OriginOf(LogInspector inspector) => inspector.Origin switch
    {
        DirectoryOrigin.Bootstrapped => $"bootstrapped with {inspector.FirstVoters}",
        DirectoryOrigin.Joined => "joined",
        _ => "not known",
    };

    private static void WriteSummary(LogInspector inspector, LogVerification log, ImmutableArray<SegmentFacts> segments, RowWriter rows)
    {
        rows.BeginTable(Summary);
        rows.Text(inspector.Path);
        rows.Text($"{inspector.Owner.ClusterId}");
        rows.Unsigned(inspector.Owner.GroupId);
        rows.Unsigned(inspector.Owner.NodeId);
        rows.Text($"{inspector.Owner.LogId}");
        rows.Number(inspector.HardState.Term);
        rows.Unsigned(inspector.HardState.Vote);
        rows.Number(inspector.HardStateSequence);
        rows.Number(inspector.Recoveries);
        rows.Text(OriginOf(inspector));
        rows.Number(log.FirstIndex);
        rows.Number(log.LastIndex);
        rows.Number(log.LastTerm);
        rows.Hex(log.Fingerprint, Tone.Strong);
        rows.Number(segments.Length);
        rows.Number(segments.Sum(static segment => segment.RecordBytes));
        rows.Number(segments.Sum(static segment => segment.Segment.SizeBytes));
        rows.Number(log.SyncedThrough);
        rows.Number(log.LastSegmentEnd - log.SyncedThrough);
        rows.Number(log.TornTailBytes, log.TornTailBytes > 0 ? Tone.Warning : Tone.Plain);
        rows.EndRow();
    }
}
