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
        Column.Number("records", "records", dropOrder: 1),
        Column.Number("recordBytes", "bytes"),
        Column.Number("fileBytes", "file, bytes", dropOrder: 3),
        new Column("created", "created") { DropOrder = 4 },
        Column.Number("previousTerm", "term before", dropOrder: 5),
        new Column("chainSeed", "chain seed") { DropOrder = 6 },
        new Column("hasOffsetTable", "table") { DropOrder = 2 });

    public static void Write(RowWriter rows, IEnumerable<SegmentFacts> segments)
    {
        rows.BeginTable(Schema);
        foreach (SegmentFacts facts in segments)
        {
            bool isKnown = facts.Damage is null;
            (string state, Tone tone) = !isKnown ? ("damaged", Tone.Bad) : facts.Segment.IsSealed
                ? ("sealed", Tone.Plain) : ("active", Tone.Good);
            rows.Text(facts.Segment.Name);
            rows.Text(state, tone);
            rows.Number(facts.Segment.FirstIndex);
            rows.NumberOrNothing(isKnown ? facts.LastIndex : null);
            rows.NumberOrNothing(isKnown ? facts.Records : null);
            rows.NumberOrNothing(isKnown ? facts.RecordBytes : null);
            rows.Number(facts.Segment.SizeBytes);
            rows.TextOrNothing(isKnown ? RowWriter.TimeOf(facts.Segment.Created) : null);
            rows.NumberOrNothing(isKnown ? facts.Segment.PreviousTerm : null);
            rows.HexOrNothing(isKnown ? facts.Segment.ChainSeed : null);
            rows.Flag(facts.HasTable);
            rows.EndRow();
        }
    }
}
