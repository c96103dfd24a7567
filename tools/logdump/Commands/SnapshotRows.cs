using System.Collections.Generic;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;
using RaftEngine.Protocol;

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
        new Column("chain", "chain"),
        Column.Number("bytes", "bytes"),
        new Column("id", "id"),
        new Column("members", "members"),
        new Column("damage", "damage"));

    public static void Write(RowWriter rows, IReadOnlyList<SnapshotFacts> snapshots)
    {
        rows.BeginTable(Schema);
        foreach (SnapshotFacts snapshot in snapshots)
        {
            rows.Text(snapshot.Name);
            if (snapshot.Header is { } header)
            {
                rows.Number(header.Index);
                rows.Number(header.Term);
                rows.Hex(header.Chain);
                rows.Number(snapshot.Bytes);
                rows.Text($"{header.SnapshotId}");
                rows.Text(ConfigurationFormat.TryRead(header.Configuration.Span, out Configuration? members) ? $"{members}" : "");
            }
            else
            {
                rows.Nothing();
                rows.Nothing();
                rows.Nothing();
                rows.Number(snapshot.Bytes);
                rows.Nothing();
                rows.Nothing();
            }

            if (snapshot.Damage is null)
            {
                rows.Nothing();
            }
            else
            {
                rows.Text(snapshot.Damage.Message, Tone.Bad);
            }

            rows.EndRow();
        }
    }
}
