using System;
using System.Collections.Generic;
using System.Text;
using RaftEngine.Log;
using RaftEngine.LogDump.Decoding;
using RaftEngine.Protocol;

namespace RaftEngine.LogDump.Output;

/// <summary>Records as rows, the same wherever records are listed. Costs no memory a record.</summary>
internal sealed class EntryRows
{
    private static readonly Column[] Columns =
    [
        new("index", "index", 12),
        new("term", "term", 8),
        new("kind", "kind", -13),
        new("bytes", "bytes", 8),
        new("segment", "segment", -28) { DropOrder = 2 },
        new("offset", "offset", 10) { DropOrder = 2 },
        new("chain", "chain", -16) { DropOrder = 1 },
    ];

    private static readonly TableSchema Plain = new("entries", "entry",
        [.. Columns, new Column("payload", "payload")])
    { IsStreamed = true };
    private static readonly TableSchema Decoded =
        new("entries", "entry", [.. Columns,
        new Column("payload", "payload") { IsWholeInPipes = true }])
        { IsStreamed = true };

    private readonly RowWriter _rows;
    private readonly PayloadDecoder? _decoder;
    private readonly Queue<Row> _waiting = []; // for the decoder
    private readonly byte[] _preview = new byte[PayloadPreview.MaxBytes];
    private byte[] _segmentUtf8 = [];
    private string _segment = "";

    /// <summary>Begins the table.</summary>
    /// <param name="rows">Where the rows go.</param>
    /// <param name="decoder">Tells what commands say; null for their bytes.</param>
    public EntryRows(RowWriter rows, PayloadDecoder? decoder = null)
    {
        _rows = rows;
        _decoder = decoder;
        rows.BeginTable(decoder is null ? Plain : Decoded);
    }

    /// <summary>Writes one record; with a decoder, at the latest when <see cref="Complete"/> is called.</summary>
    /// <param name="segment">The name of the segment file.</param>
    /// <param name="offset">The record's offset in it, in bytes.</param>
    /// <param name="record">The record.</param>
    public void Write(string segment, long offset, in LogRecord record)
    {
        if (!ReferenceEquals(segment, _segment))
        {
            _segment = segment;
            _segmentUtf8 = Encoding.UTF8.GetBytes(segment);
        }

        Row row = new(record.Index, record.Term, record.Kind, record.Payload.Length, _segmentUtf8, offset,
            record.Chain, null);
        if (_decoder is null)
        {
            Write(row);
            _rows.Text(_preview.AsSpan(0, PayloadPreview.Write(record, _preview)));
            _rows.EndRow();
            return;
        }

        bool isCommand = _decoder.Feed(record);
        _waiting.Enqueue(isCommand ? row
            : row with { Preview = Encoding.UTF8.GetString(_preview, 0, PayloadPreview.Write(record, _preview)) });
        if (_decoder.IsFull || _waiting.Count >= PayloadDecoder.MostWaiting)
        {
            Complete();
        }
    }

    /// <summary>Writes what waits for the decoder.</summary>
    /// <exception cref="DecoderFailedException">The decoder did not answer; what it has answered before is
    /// written.</exception>
    public void Complete()
    {
        while (_waiting.TryDequeue(out Row row))
        {
            string text = row.Preview ?? _decoder!.Next();
            Write(row);
            _rows.Text(text);
            _rows.EndRow();
        }
    }

    private void Write(in Row row)
    {
        _rows.Number(row.Index);
        _rows.Number(row.Term);
        _rows.Text(KindNames.Utf8Of(row.Kind));
        _rows.Number(row.Bytes);
        _rows.Text(row.Segment);
        _rows.Number(row.Offset);
        _rows.Hex(row.Chain);
    }

    private readonly record struct Row(long Index, long Term, EntryKind Kind, int Bytes, byte[] Segment, long Offset,
        ulong Chain, string? Preview);
}
