using System;
using System.Globalization;
using System.IO;
using System.Threading;
using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Output;

/// <summary>Where a run writes to, and what is known of it.</summary>
/// <param name="output">Data. Not closed by a run.</param>
/// <param name="error">Diagnostics and progress.</param>
internal sealed class Terminal(Stream output, TextWriter error)
{
    // What goes into a pipe mostly ends in a terminal after all: in a pager, or behind grep.
    private const int PipeWidth = 80;

    /// <summary>Where the data goes.</summary>
    public Stream Output { get; } = output;

    /// <summary>Where diagnostics and progress go.</summary>
    public TextWriter Error { get; } = error;

    /// <summary>True if somebody looks at the data as it comes.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>True if somebody looks at the diagnostics as they come.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>The longest line that tables and pictures may have, in characters; 0 for any.</summary>
    public int Width { get; init; } = PipeWidth;

    /// <summary>True if the environment asks for output without colors (NO_COLOR), or the terminal has none.</summary>
    public bool ColorIsUnwanted { get; init; }

    /// <summary>How long what may be in progress in a live directory is given before it is looked at again.</summary>
    public TimeSpan Patience { get; init; } = Looking.DefaultPatience;

    /// <summary>Is cancelled when the user has had enough.</summary>
    public CancellationToken Interrupted { get; init; }

    /// <summary>This process's standard streams.</summary>
    public static Terminal OfProcess(Stream output, CancellationToken interrupted)
    {
        bool isTerminal = !Console.IsOutputRedirected;
        return new Terminal(output, Console.Error)
        {
            OutputIsTerminal = isTerminal,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            Width = WidthOf(isTerminal),
            ColorIsUnwanted = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) || Environment.GetEnvironmentVariable("TERM") is null or "dumb",
            Interrupted = interrupted,
        };
    }

    /// <summary>Says a line, or several, to who looks at the diagnostics.</summary>
    public void Say(string text) =>
        Error.WriteLine(ErrorIsTerminal && Width > 0 ? WordWrap.BreakLines(text, Width) : text);

    /// <summary>The same, with another width; null for the one that it has.</summary>
    public Terminal WithWidth(int? width) => width is not { } wanted ? this : new Terminal(Output, Error)
    {
        OutputIsTerminal = OutputIsTerminal,
        ErrorIsTerminal = ErrorIsTerminal,
        Width = Math.Max(0, wanted),
        ColorIsUnwanted = ColorIsUnwanted,
        Patience = Patience,
        Interrupted = Interrupted,
    };

    private static int WidthOf(bool isTerminal) =>
        int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture,
            out int columns) && columns > 0 ? columns
            : isTerminal && Console.WindowWidth > 0 ? Console.WindowWidth
            : PipeWidth;
}
