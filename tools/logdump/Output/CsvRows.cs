using System;
using System.Buffers;
using System.Text;

namespace RaftEngine.LogDump.Output;

/// <summary>Comma-separated values (RFC 4180, but lines end with a line feed alone): a heading before each table, an empty line between two.</summary>
internal sealed class CsvRows(Utf8Buffer output) : RowWriter
{
    private static readonly SearchValues<byte> Quoted = SearchValues.Create(",\"\r\n"u8);

    private bool _hasTable;
    private int _column;

    public override void BeginTable(TableSchema schema)
    {
        if (_hasTable)
        {
            output.Write((byte)'\n');
        }

        _hasTable = true;
        foreach (Column column in schema.Columns)
        {
            Text(column.Name);
        }

        EndRow();
    }

    public override void Number(long value, Tone tone = Tone.Plain)
    {
        BeginValue();
        output.Write(value);
    }

    public override void Unsigned(ulong value)
    {
        BeginValue();
        output.Write(value);
    }

    public override void Fraction(double value)
    {
        BeginValue();
        output.Write(value);
    }

    public override void Hex(ulong value, Tone tone = Tone.Plain)
    {
        BeginValue();
        output.WriteHex(value);
    }

    public override void Text(ReadOnlySpan<byte> utf8, Tone tone = Tone.Plain)
    {
        BeginValue();
        if (utf8.IndexOfAny(Quoted) < 0)
        {
            output.Write(utf8);
            return;
        }

        output.Write((byte)'"');
        foreach (byte value in utf8)
        {
            if (value == (byte)'"')
            {
                output.Write(value);
            }

            output.Write(value);
        }

        output.Write((byte)'"');
    }

    public override void Text(string value, Tone tone = Tone.Plain) => Text(Encoding.UTF8.GetBytes(value));

    public override void Flag(bool value)
    {
        BeginValue();
        output.Write(value ? "true"u8 : "false"u8);
    }

    public override void Nothing() => BeginValue();

    public override void EndRow()
    {
        output.Write((byte)'\n');
        _column = 0;
        output.EndGroup();
    }

    public override void Complete()
    {
        if (_column > 0)
        {
            EndRow();
        }

        output.Flush();
    }

    public override void Flush() => output.Flush();

    private void BeginValue()
    {
        if (_column++ > 0)
        {
            output.Write((byte)',');
        }
    }
}
