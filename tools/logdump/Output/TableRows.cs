using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace RaftEngine.LogDump.Output;

/// <summary>
/// For people: streamed tables in columns of fixed width, all others laid out when they end. No line is longer than the
/// width there is: columns are dropped, and a note says
/// which; what still has no room is stacked, a line a value.
/// </summary>
internal sealed class TableRows : RowWriter
{
    private const int Unbounded = 100_000;
    private const int LeastLastWidth = 24; // of a streamed table's last column, before another one is dropped
    private const int LeastProseWidth = 40;
    private const int Gap = 2;

    private readonly Utf8Buffer _output;
    private readonly IAnsiConsole _console;
    private readonly StringBuilder _laidOut = new();
    private readonly int _width;
    private readonly bool _isTerminal;
    private readonly bool _hasColor;
    private readonly List<Cell[]> _rows = [];
    private readonly List<Cell> _row = [];
    private readonly List<string> _dropped = [];
    private TableSchema? _schema;
    private bool[] _isShown = [];
    private bool _hasWritten;
    private int _column;
    private int _used; // characters of the row that are written

    public TableRows(Utf8Buffer output, Terminal terminal, bool hasColor)
    {
        _output = output;
        _isTerminal = terminal.OutputIsTerminal;
        _hasColor = hasColor;
        _width = terminal.Width > 0 ? terminal.Width : Unbounded;
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = hasColor ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = hasColor ? ColorSystemSupport.EightBit : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
            Out = new AnsiConsoleOutput(new StringWriter(_laidOut, CultureInfo.InvariantCulture) { NewLine = "\n" }),
        });
        _console.Profile.Width = Unbounded; // what is laid out here fits already
        _console.Profile.Capabilities.Unicode = true;
    }

    /// <summary>How many characters the last column of the streamed table that has begun has room for.</summary>
    public int LastWidth { get; private set; }

    /// <summary>The titles of columns that there was no room for.</summary>
    public IReadOnlyList<string> Dropped => _dropped;

    /// <summary>Draws something between tables.</summary>
    public void Draw(IRenderable picture)
    {
        EndTable();
        _console.Profile.Width = _width;
        Print(picture);
        _console.Profile.Width = Unbounded;
    }

    public override void BeginTable(TableSchema schema)
    {
        EndTable();
        _schema = schema;
        if (!schema.IsStreamed)
        {
            return;
        }

        _isShown = Choose(schema.Columns, static column => Math.Max(Math.Abs(column.Width), column.Width == 0
            ? LeastLastWidth : 0), gap: 1);
        LastWidth = _width - schema.Columns.Where((column, i) => _isShown[i]).Sum(static column => column.Width == 0
            ? 0 : Math.Abs(column.Width) + 1);
        BeginBlock();
        foreach (Column column in schema.Columns)
        {
            Write(column.Title, Tone.Strong);
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

        Write(value.ToString(CultureInfo.InvariantCulture), tone);
    }

    public override void Unsigned(ulong value) => Write(value.ToString(CultureInfo.InvariantCulture), Tone.Plain);

    public override void Fraction(double value) =>
        Write(value.ToString("0.###", CultureInfo.InvariantCulture), Tone.Plain);

    public override void Hex(ulong value, Tone tone = Tone.Plain)
    {
        if (_schema!.IsStreamed)
        {
            Span<byte> digits = stackalloc byte[16];
            value.TryFormat(digits, out int length, "x16");
            Fixed(digits[..length], length, tone);
            return;
        }

        Write(value.ToString("x16", CultureInfo.InvariantCulture), tone);
    }

    public override void Text(ReadOnlySpan<byte> utf8, Tone tone = Tone.Plain)
    {
        if (_schema!.IsStreamed)
        {
            Fixed(utf8, utf8.Length, tone);
            return;
        }

        Write(Encoding.UTF8.GetString(utf8), tone);
    }

    public override void Text(string value, Tone tone = Tone.Plain) => Write(value, tone);

    public override void Flag(bool value) => Write(value ? "yes" : "no", Tone.Plain);

    public override void Nothing() => Write(_schema!.IsSingle ? "-" : "", Tone.Faint);

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
        _used = 0;
    }

    public override void Complete()
    {
        EndTable();
        _output.Flush();
    }

    public override void Flush()
    {
        if (_schema is { IsStreamed: false } && _row.Count == 0)
        {
            EndTable(); // there is no row to come that is known of, and what is said next belongs behind this
        }

        _output.Flush();
    }

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

    private void Write(string value, Tone tone)
    {
        if (_schema!.IsStreamed)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(value);
            Fixed(utf8, utf8.Length == value.Length ? value.Length : Cells(value), tone);
        }
        else
        {
            _row.Add(new Cell(value, tone));
        }
    }

    private void Fixed(ReadOnlySpan<byte> utf8, int characters, Tone tone)
    {
        int place = _column++;
        if (!_isShown[place])
        {
            return;
        }

        if (_used > 0)
        {
            _output.Write((byte)' ');
            _used++;
        }

        Column column = _schema!.Columns[place];
        if (column.Width > 0)
        {
            _output.WriteSpaces(column.Width - characters);
        }

        ReadOnlySpan<byte> escape = _hasColor ? EscapeOf(tone) : default;
        _output.Write(escape);
        if (column.Width == 0 && characters > _width - _used && (_isTerminal || !column.IsWholeInPipes))
        {
            _output.Write(Cut(Encoding.UTF8.GetString(utf8), Math.Max(1, _width - _used)));
        }
        else
        {
            _output.Write(utf8);
        }

        if (!escape.IsEmpty)
        {
            _output.Write("\e[0m"u8);
        }

        if (column.Width < 0)
        {
            _output.WriteSpaces(-column.Width - characters);
        }

        _used += Math.Max(Math.Abs(column.Width), characters);
    }

    private static string Cut(string text, int cells)
    {
        if (Cells(text) <= cells)
        {
            return text;
        }

        int length = Math.Min(text.Length, cells - 1);
        while (length > 0 && (Cells(text[..length]) > cells - 1 || char.IsHighSurrogate(text[length - 1])))
        {
            length--;
        }

        return text[..length] + "…";
    }

    // Which columns there is room for.
    private bool[] Choose(Column[] columns, Func<Column, int> widthOf, int gap)
    {
        bool[] isShown = new bool[columns.Length];
        Array.Fill(isShown, true);
        int Needed() => columns.Where((_, i) => isShown[i]).Sum(column => widthOf(column) + gap) - gap;
        foreach (int order in columns.Select(static column => column.DropOrder).Where(static order =>
            order > 0).Distinct().OrderDescending())
        {
            if (Needed() <= _width)
            {
                break;
            }

            for (int i = 0; i < columns.Length; i++)
            {
                isShown[i] &= columns[i].DropOrder != order;
            }
        }

        return isShown;
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
        if (_schema is { } schema)
        {
            if (schema.IsStreamed)
            {
                NoteDropped(schema, _isShown);
            }
            else if (schema.IsSingle)
            {
                Stack(schema);
            }
            else
            {
                LayOut(schema);
            }
        }

        _schema = null;
        _rows.Clear();
        _row.Clear();
        _column = 0;
        _used = 0;
    }

    private void NoteDropped(TableSchema schema, bool[] isShown) =>
        _dropped.AddRange(schema.Columns.Where((_, i) => !isShown[i]).Select(static column => column.Title));

    // A table, if there is room for it; otherwise its rows one below the other.
    private void LayOut(TableSchema schema)
    {
        Column[] columns = schema.Columns;
        int[] widths = [.. columns.Select((column, i) => _rows.Select(row => Cells(row[i].Text)).Append(
            Cells(column.Title)).Max())];
        int LeastOf(Column column)
        {
            int width = widths[Array.IndexOf(columns, column)];
            return column.IsProse ? Math.Min(LeastProseWidth, width) : width;
        }

        bool[] isShown = Choose(columns, LeastOf, Gap);
        int Needed(Func<int, int> widthOf) => Enumerable.Range(0, columns.Length).Where(i => isShown[i]).Sum(i =>
            widthOf(i) + Gap) - Gap;
        int room = _width - Needed(i => LeastOf(columns[i]));
        if (room < 0)
        {
            Stack(schema);
            return;
        }

        bool isFramed = _isTerminal && Needed(i => widths[i] + 1) + 2 + Gap <= _width;
        Table table = new() { Border = isFramed ? TableBorder.Rounded : TableBorder.None };
        table.BorderColor(Color.Grey);
        int[] shown = [.. Enumerable.Range(0, columns.Length).Where(i => isShown[i])];
        foreach (int i in shown)
        {
            TableColumn made = new(new Text(columns[i].Title, StyleOf(Tone.Strong)))
            {
                NoWrap = true,
                Alignment = columns[i].IsNumber ? Justify.Right : Justify.Left
            };
            table.AddColumn(isFramed ? made : made.Padding(0, 0, i == shown[^1] ? 0 : Gap, 0));
        }

        foreach (Cell[] row in _rows)
        {
            table.AddRow(shown.Select(i => Render(row[i], columns[i].IsProse ? LeastOf(columns[i]) + room
                : Unbounded)));
        }

        NoteDropped(schema, isShown);
        Print(table);
    }

    private void Stack(TableSchema schema)
    {
        foreach (Cell[] row in _rows)
        {
            int titles = schema.Columns.Max(static column => column.Title.Length) + Gap + 1;
            Grid grid = new Grid().AddColumn(new GridColumn().NoWrap().Padding(0, 0, 0, 0).Width(titles)).AddColumn(
                new GridColumn().NoWrap().Padding(0, 0, 0, 0));
            for (int i = 0; i < row.Length; i++)
            {
                if (schema.IsSingle || row[i].Text.Length > 0)
                {
                    grid.AddRow(new Text(schema.Columns[i].Title, StyleOf(Tone.Faint)),
                        Render(row[i], _width - titles));
                }
            }

            Print(grid);
        }
    }

    private static int Cells(string text) => new Segment(text).CellCount();

    private static Text Render(Cell cell, int width) => new(WordWrap.Break(cell.Text, Math.Max(20, width)), StyleOf(cell.Tone));

    private readonly record struct Cell(string Text, Tone Tone);
}
