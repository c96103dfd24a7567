using System;
using System.Text;
using System.Text.Encodings.Web;

namespace RaftEngine.LogDump.Output;

/// <summary>
/// JSON. A document is <c>{"schema":"logdump/1","command":…,TABLE:[{…},…],…}</c>, a table of one row being an object and no array; a line of JSON lines is
/// <c>{"schema":"ROW/1",…}</c>.
/// </summary>
internal sealed class JsonRows : RowWriter
{
    // What is above 0x7F is UTF-8 and may stand as it is.
    private static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    private readonly Utf8Buffer _output;
    private readonly bool _isLines;
    private TableSchema? _schema;
    private byte[] _rowStart = [];
    private bool _hasRows;
    private int _column;

    /// <summary>A document, or lines.</summary>
    public JsonRows(Utf8Buffer output, string command, bool isLines)
    {
        _output = output;
        _isLines = isLines;
        if (!isLines)
        {
            output.Write($"{{\"schema\":\"logdump/{TableSchema.Version}\",\"command\":\"{command}\"");
        }
    }

    public override void BeginTable(TableSchema schema)
    {
        EndTable();
        _schema = schema;
        _hasRows = false;
        _column = 0;
        _rowStart = Encoding.UTF8.GetBytes(_isLines ? $"{{\"schema\":\"{schema.RowName}/{TableSchema.Version}\"," : "{");
        if (!_isLines)
        {
            _output.Write($",\n\"{schema.Name}\":{(schema.IsSingle ? "" : "[")}");
        }
    }

    public override void Number(long value, Tone tone = Tone.Plain)
    {
        BeginValue();
        _output.Write(value);
    }

    public override void Unsigned(ulong value)
    {
        BeginValue();
        _output.Write(value);
    }

    public override void Fraction(double value)
    {
        BeginValue();
        _output.Write(value);
    }

    public override void Hex(ulong value, Tone tone = Tone.Plain)
    {
        BeginValue();
        _output.Write((byte)'"');
        _output.WriteHex(value);
        _output.Write((byte)'"');
    }

    public override void Text(ReadOnlySpan<byte> utf8, Tone tone = Tone.Plain)
    {
        BeginValue();
        _output.Write((byte)'"');
        if (Encoder.FindFirstCharacterToEncodeUtf8(utf8) < 0)
        {
            _output.Write(utf8);
        }
        else
        {
            WriteEscaped(utf8);
        }

        _output.Write((byte)'"');
    }

    public override void Text(string value, Tone tone = Tone.Plain) => Text(Encoding.UTF8.GetBytes(value));

    public override void Flag(bool value)
    {
        BeginValue();
        _output.Write(value ? "true"u8 : "false"u8);
    }

    public override void Nothing()
    {
        BeginValue();
        _output.Write("null"u8);
    }

    public override void EndRow()
    {
        _output.Write((byte)'}');
        if (_isLines)
        {
            _output.Write((byte)'\n');
        }

        _hasRows = true;
        _column = 0;
        _output.EndGroup();
    }

    public override void Complete()
    {
        EndTable();
        if (!_isLines)
        {
            _output.Write("}\n"u8);
        }

        _output.Flush();
    }

    public override void Flush() => _output.Flush();

    private void BeginValue()
    {
        int column = _column++;
        if (column > 0)
        {
            _output.Write(_schema!.Columns[column].JsonName);
        }
        else
        {
            BeginRow();
        }
    }

    private void BeginRow()
    {
        if (!_isLines && !_schema!.IsSingle)
        {
            _output.Write(_hasRows ? ",\n"u8 : "\n"u8);
        }

        _output.Write(_rowStart);
        _output.Write(_schema!.Columns[0].JsonName.AsSpan(1));
    }

    private void EndTable()
    {
        if (_schema is null)
        {
            return;
        }

        if (_column > 0)
        {
            EndRow(); // one that a failure has left unfinished: what is missing is missing, but it is JSON
        }

        if (!_isLines)
        {
            _output.Write(_schema.IsSingle ? (_hasRows ? ""u8 : "null"u8) : (_hasRows ? "\n]"u8 : "]"u8));
        }

        _schema = null;
    }

    private void WriteEscaped(ReadOnlySpan<byte> utf8)
    {
        Encoder.EncodeUtf8(utf8, _output.GetSpan(Encoder.MaxOutputCharactersPerInputCharacter * utf8.Length), out _,
            out int written);
        _output.Advance(written);
    }
}
