using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace RaftEngine.LogDump.Output;

/// <summary>
/// For people: streamed tables in columns of fixed width, all others laid out when they end. On a terminal with lines and colors; elsewhere plain text, of which no line is
/// wrapped.
/// </summary>
internal sealed class TableRows : RowWriter
{
    private const int PlainWidth = 1000;

    private readonly Utf8Buffer _output;
    private readonly IAnsiConsole _console;
    private readonly StringBuilder _laidOut = new();
    private readonly bool _isTerminal;
    private readonly bool _hasColor;
    private readonly List<IRenderable[]> _rows = [];
    private readonly List<IRenderable> _row = [];
    private TableSchema? _schema;
    private bool _hasWritten;
    private int _column;

    public TableRows(Utf8Buffer output, Terminal terminal, bool hasColor)
    {
        _output = output;
        _isTerminal = terminal.OutputIsTerminal;
        _hasColor = hasColor;
        Width = terminal.Width;
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = hasColor ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = hasColor ? ColorSystemSupport.EightBit : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(new StringWriter(_laidOut, CultureInfo.InvariantCulture) { NewLine = "\n" }),
        });
        _console.Profile.Width = _isTerminal ? terminal.Width : PlainWidth;
        _console.Profile.Capabilities.Unicode = true;
    }

    /// <summary>The width that pictures may have, in characters.</summary>
    public int Width { get; }

    /// <summary>Draws something between tables.</summary>
    public void Draw(IRenderable picture)
    {
        EndTable();
        Print(picture);
    }

    public override void BeginTable(TableSchema schema)
    {
        EndTable();
        _schema = schema;
        if (!schema.IsStreamed)
        {
            return;
        }

        BeginBlock();
        foreach (Column column in schema.Columns)
        {
            Cell(column.Title, Tone.Strong);
        }

        EndRow();
    }

    public override void Number(long value, Tone tone = Tone.Plain)
    {
        if (_schema!.IsStreamed)
        {
            Span<byte> digits = stackalloc byte[20];
            value.TryFormat(digits, out int length);
            Fixed(digits[..length], length, tone);
            return;
        }

        Cell(value.ToString(CultureInfo.InvariantCulture), tone);
    }

    public override void Unsigned(ulong value) => Cell(value.ToString(CultureInfo.InvariantCulture), Tone.Plain);

    public override void Fraction(double value) => Cell(value.ToString("0.###", CultureInfo.InvariantCulture), Tone.Plain);

    public override void Hex(ulong value, Tone tone = Tone.Plain)
    {
        if (_schema!.IsStreamed)
        {
            Span<byte> digits = stackalloc byte[16];
            value.TryFormat(digits, out int length, "x16");
            Fixed(digits[..length], length, tone);
            return;
        }

        Cell(value.ToString("x16", CultureInfo.InvariantCulture), tone);
    }

    public override void Text(ReadOnlySpan<byte> utf8, Tone tone = Tone.Plain)
    {
        if (_schema!.IsStreamed)
        {
            Fixed(utf8, Encoding.UTF8.GetCharCount(utf8), tone);
            return;
        }

        Cell(Encoding.UTF8.GetString(utf8), tone);
    }

    public override void Text(string value, Tone tone = Tone.Plain) => Cell(value, tone);

    public override void Flag(bool value) => Cell(value ? "yes" : "no", Tone.Plain);

    public override void Nothing() => Cell("", Tone.Faint);

    public override void EndRow()
    {
        if (_schema!.IsStreamed)
        {
            _output.Write((byte)'\n');
            _output.EndGroup();
        }
        else
        {
            _rows.Add([.. _row]);
            _row.Clear();
        }

        _column = 0;
    }

    public override void Complete()
    {
        EndTable();
        _output.Flush();
    }

    public override void Flush() => _output.Flush();

    private static Style StyleOf(Tone tone) => tone switch
    {
        Tone.Faint => new Style(Color.Grey),
        Tone.Strong => new Style(decoration: Decoration.Bold),
        Tone.Good => new Style(Color.Green),
        Tone.Warning => new Style(Color.Yellow),
        Tone.Bad => new Style(Color.Red, decoration: Decoration.Bold),
        _ => Style.Plain,
    };

    private static ReadOnlySpan<byte> EscapeOf(Tone tone) => tone switch
    {
        Tone.Faint => "\e[90m"u8,
        Tone.Strong => "\e[1m"u8,
        Tone.Good => "\e[32m"u8,
        Tone.Warning => "\e[33m"u8,
        Tone.Bad => "\e[1;31m"u8,
        _ => default,
    };

    private void Cell(string value, Tone tone)
    {
        if (_schema!.IsStreamed)
        {
            Fixed(Encoding.UTF8.GetBytes(value), value.Length, tone);
        }
        else
        {
            _row.Add(new Text(value, StyleOf(tone)));
        }
    }

    private void Fixed(ReadOnlySpan<byte> utf8, int characters, Tone tone)
    {
        int width = _schema!.Columns[_column].Width;
        if (_column++ > 0)
        {
            _output.Write((byte)' ');
        }

        if (width > 0)
        {
            _output.WriteSpaces(width - characters);
        }

        ReadOnlySpan<byte> escape = _hasColor ? EscapeOf(tone) : default;
        _output.Write(escape);
        _output.Write(utf8);
        if (!escape.IsEmpty)
        {
            _output.Write("\e[0m"u8);
        }

        if (width < 0)
        {
            _output.WriteSpaces(-width - characters);
        }
    }

    // What is laid out is padded to its full width; of that nothing is kept.
    private void Print(IRenderable laidOut)
    {
        BeginBlock();
        _console.Write(laidOut);
        foreach (ReadOnlySpan<char> line in _laidOut.ToString().AsSpan().TrimEnd('\n').EnumerateLines())
        {
            _output.Write(line.TrimEnd(' ').ToString());
            _output.Write((byte)'\n');
        }

        _laidOut.Clear();
        _output.EndGroup();
    }

    private void BeginBlock()
    {
        if (_hasWritten)
        {
            _output.Write((byte)'\n');
        }

        _hasWritten = true;
    }

    private void EndTable()
    {
        if (_schema is { IsStreamed: false } schema && (_rows.Count > 0 || !schema.IsSingle))
        {
            Print(schema.IsSingle ? LayOutSingle(schema) : LayOut(schema));
        }

        _schema = null;
        _rows.Clear();
        _row.Clear();
        _column = 0;
    }

    private Table LayOut(TableSchema schema)
    {
        Table table = new() { Border = _isTerminal ? TableBorder.Rounded : TableBorder.None };
        table.BorderColor(Color.Grey);
        for (int i = 0; i < schema.Columns.Length; i++)
        {
            Column column = schema.Columns[i];
            TableColumn made = new(new Text(column.Title, StyleOf(Tone.Strong))) { NoWrap = true, Alignment = column.IsNumber ? Justify.Right : Justify.Left };
            table.AddColumn(_isTerminal ? made : made.Padding(0, 0, i == schema.Columns.Length - 1 ? 0 : 2, 0));
        }

        foreach (IRenderable[] row in _rows)
        {
            table.AddRow(row);
        }

        return table;
    }

    private Grid LayOutSingle(TableSchema schema)
    {
        Grid grid = new Grid().AddColumn(new GridColumn().NoWrap().Padding(0, 0, 3, 0)).AddColumn(new GridColumn().Padding(0, 0, 0, 0));
        for (int i = 0; i < _rows[0].Length; i++)
        {
            grid.AddRow(new Text(schema.Columns[i].Title, StyleOf(Tone.Faint)), _rows[0][i]);
        }

        return grid;
    }
}
