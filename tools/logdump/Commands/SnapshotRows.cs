using System.Collections.Generic;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;
using RaftEngine.Protocol;
using RaftEngine.Snapshots;

namespace RaftEngine.LogDump.Commands;

/// <summary>Snapshots as rows.</summary>
internal static class SnapshotRows
{
    private static readonly TableSchema Schema = new(
        "snapshots",
        "snapshot",
        new Column("name", "snapshot"),
        Column.Number("index", "last index"),
        Column.Number("term", "term"),
        new Column("chain", "chain") { DropOrder = 3 },
        Column.Number("bytes", "bytes"),
        new Column("id", "id") { DropOrder = 4 },
        new Column("members", "members") { DropOrder = 1 },
        new Column("damage", "damage") { IsProse = true },
        new Column("clusterId", "cluster") { DropOrder = 5 },
        Column.Number("groupId", "group", dropOrder: 2));

    public static void Write(RowWriter rows, IReadOnlyList<SnapshotFacts> snapshots)
    {
        rows.BeginTable(Schema);
        foreach (SnapshotFacts snapshot in snapshots)
        {
            SnapshotHeader? header = snapshot.Header;
            Configuration? members = null;
            bool hasMembers = header is not null && ConfigurationFormat.TryRead(header.Configuration.Span, out members);
            rows.Text(snapshot.Name);
            rows.NumberOrNothing(header?.Index);
            rows.NumberOrNothing(header?.Term);
            rows.HexOrNothing(header?.Chain);
            rows.Number(snapshot.Bytes);
            rows.TextOrNothing(header is null ? null : $"{header.SnapshotId}");
            rows.TextOrNothing(hasMembers ? $"{members}" : null);
            rows.TextOrNothing(snapshot.Damage?.Message, Tone.Bad);
            rows.TextOrNothing(header is null ? null : $"{header.ClusterId}");
            rows.UnsignedOrNothing(header?.GroupId);
            rows.EndRow();
        }
    }
}
