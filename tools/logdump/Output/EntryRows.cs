using System;
using System.Text;
using RaftEngine.Log;
using RaftEngine.LogDump.Decoding;
using RaftEngine.Protocol;

namespace RaftEngine.LogDump.Output;

/// <summary>Records as rows, the same wherever records are listed. Costs no memory a record.</summary>
internal sealed class EntryRows
{
    /// <summary>A record, and where it is.</summary>
    public static readonly TableSchema Schema = new(
        "entries",
        "entry",
        new Column("index", "index", 12),
        new Column("term", "term", 8),
        new Column("kind", "kind", -13),
        new Column("bytes", "bytes", 8),
        new Column("segment", "segment", -28),
        new Column("offset", "offset", 10),
        new Column("chain", "chain", -16),
        new Column("payload", "payload"))
    { IsStreamed = true };

    private readonly RowWriter _rows;
    private readonly PayloadDecoder? _decoder;
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
        rows.BeginTable(Schema);
    }

    /// <summary>Writes one record.</summary>
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

        _rows.Number(record.Index);
        _rows.Number(record.Term);
        _rows.Text(NameOf(record.Kind));
        _rows.Number(record.Payload.Length);
        _rows.Text(_segmentUtf8);
        _rows.Number(offset);
        _rows.Hex(record.Chain);
        if (_decoder?.Tell(record) is { } told)
        {
            _rows.Text(told);
        }
        else
        {
            _rows.Text(_preview.AsSpan(0, PayloadPreview.Write(record, _preview)));
        }

        _rows.EndRow();
    }

    /// <summary>A kind's name, as the options and the schema have it.</summary>
    public static ReadOnlySpan<byte> NameOf(EntryKind kind) => kind switch
    {
        EntryKind.Command => "command"u8,
        EntryKind.NoOp => "no-op"u8,
        EntryKind.Configuration => "configuration"u8,
        EntryKind.Session => "session"u8,
        _ => "unknown"u8,
    };
}
