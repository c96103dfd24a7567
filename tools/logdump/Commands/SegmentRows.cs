using System.Collections.Generic;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Commands;

/// <summary>Segments as rows.</summary>
internal static class SegmentRows
{
    private static readonly TableSchema Schema = new(
        "segments",
        "segment",
        new Column("name", "segment"),
        new Column("state", "state"),
        Column.Number("firstIndex", "first index"),
        Column.Number("lastIndex", "last index"),
        Column.Number("records", "records"),
        Column.Number("recordBytes", "bytes"),
        Column.Number("fileBytes", "file, bytes"),
        new Column("created", "created"),
        Column.Number("previousTerm", "term before"),
        new Column("chainSeed", "chain seed"),
        new Column("hasOffsetTable", "table"));

    public static void Write(RowWriter rows, IEnumerable<SegmentFacts> segments)
    {
        rows.BeginTable(Schema);
        foreach (SegmentFacts facts in segments)
        {
            rows.Text(facts.Segment.Name);
            rows.Text(facts.Segment.IsSealed ? "sealed" : "active", facts.Segment.IsSealed ? Tone.Plain : Tone.Good);
            rows.Number(facts.Segment.FirstIndex);
            rows.Number(facts.LastIndex);
            rows.Number(facts.Records);
            rows.Number(facts.RecordBytes);
            rows.Number(facts.Segment.SizeBytes);
            rows.Time(facts.Segment.Created);
            rows.Number(facts.Segment.PreviousTerm);
            rows.Hex(facts.Segment.ChainSeed);
            rows.Flag(facts.HasTable);
            rows.EndRow();
        }
    }
}
