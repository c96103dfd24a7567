using System;
using System.IO;
using System.Threading;

namespace RaftEngine.LogDump.Output;

/// <summary>Where a run writes to, and what is known of it.</summary>
/// <param name="output">Data. Not closed by a run.</param>
/// <param name="error">Diagnostics and progress.</param>
internal sealed class Terminal(Stream output, TextWriter error)
{
    /// <summary>Where the data goes.</summary>
    public Stream Output { get; } = output;

    /// <summary>Where diagnostics and progress go.</summary>
    public TextWriter Error { get; } = error;

    /// <summary>True if somebody looks at the data as it comes.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>True if somebody looks at the diagnostics as they come.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>The terminal's width, in characters.</summary>
    public int Width { get; init; } = 120;

    /// <summary>True if the environment asks for output without colors (NO_COLOR), or the terminal has none.</summary>
    public bool ColorIsUnwanted { get; init; }

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
            Width = isTerminal && Console.WindowWidth > 0 ? Console.WindowWidth : 120,
            ColorIsUnwanted = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) || Environment.GetEnvironmentVariable("TERM") is null or "dumb",
            Interrupted = interrupted,
        };
    }
}
