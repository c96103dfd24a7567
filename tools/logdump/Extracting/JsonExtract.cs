using System;
using System.Buffers.Text;
using RaftEngine.Log;
using RaftEngine.LogDump.Decoding;
using RaftEngine.LogDump.Output;

namespace RaftEngine.LogDump.Extracting;

/// <summary>Records as lines of JSON, with all of their payloads.</summary>
internal sealed class JsonExtract
{
    private static readonly TableSchema Schema = new(
        "records",
        "record",
        Column.Number("index", "index"),
        Column.Number("term", "term"),
        new Column("kind", "kind"),
        Column.Number("bytes", "bytes"),
        new Column("chain", "chain"),
        new Column("payload", "payload"),
        new Column("text", "text"));

    private readonly RowWriter _rows;
    private readonly PayloadDecoder? _decoder;
    private byte[] _base64 = new byte[1 << 12];

    /// <summary>Begins.</summary>
    /// <param name="output">Where the lines go.</param>
    /// <param name="decoder">Tells what commands say; null for null.</param>
    public JsonExtract(Utf8Buffer output, PayloadDecoder? decoder)
    {
        _rows = new JsonRows(output, "extract", isLines: true);
        _decoder = decoder;
        _rows.BeginTable(Schema);
    }

    /// <summary>Writes one record.</summary>
    public void Write(in LogRecord record)
    {
        int needed = Base64.GetMaxEncodedToUtf8Length(record.Payload.Length);
        if (_base64.Length < needed)
        {
            _base64 = new byte[Math.Max(needed, 2 * _base64.Length)];
        }

        Base64.EncodeToUtf8(record.Payload, _base64, out _, out int written);
        _rows.Number(record.Index);
        _rows.Number(record.Term);
        _rows.Text(KindNames.Utf8Of(record.Kind));
        _rows.Number(record.Payload.Length);
        _rows.Hex(record.Chain);
        _rows.Text(_base64.AsSpan(0, written));
        if (_decoder?.Tell(record) is { } told)
        {
            _rows.Text(told);
        }
        else
        {
            _rows.Nothing();
        }

        _rows.EndRow();
    }

    /// <summary>Hands on what there is.</summary>
    public void Complete() => _rows.Complete();
}
