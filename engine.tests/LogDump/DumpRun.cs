using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;
using LogDumpProgram = RaftEngine.LogDump.Program;

namespace RaftEngine.Tests.LogDump;

/// <summary>One run of logdump in this process: what it wrote, and what it would have exited with.</summary>
internal sealed record DumpRun(int ExitCode, string Output, string Error)
{
    /// <summary>The value of a name, in a table of names and values.</summary>
    public string ValueOf(string name) => Output.Split('\n').First(line => line.StartsWith(name + "   ", StringComparison.Ordinal))[name.Length..].Trim();

    /// <summary>A run whose lines may have any length.</summary>
    public static DumpRun Of(params string[] arguments) =>
        Run(width: 0, isTerminal: false, Looking.DefaultPatience, arguments);

    /// <summary>A run on a directory that does not change: data that looks damaged is read again at once.</summary>
    public static DumpRun OfStill(params string[] arguments) =>
        Run(width: 0, isTerminal: false, TimeSpan.Zero, arguments);

    /// <summary>A run in a terminal, or a pipe, of a width.</summary>
    public static DumpRun At(int width, bool isTerminal, params string[] arguments) =>
        Run(width, isTerminal, TimeSpan.Zero, arguments);

    private static DumpRun Run(int width, bool isTerminal, TimeSpan patience, string[] arguments)
    {
        using MemoryStream output = new();
        using StringWriter error = new(CultureInfo.InvariantCulture);
        Terminal terminal = new(output, error)
        {
            ColorIsUnwanted = true,
            Width = width,
            OutputIsTerminal = isTerminal,
            ErrorIsTerminal = isTerminal,
            Patience = patience
        };
        int exitCode = LogDumpProgram.Run(arguments, terminal);
        return new DumpRun(exitCode, Encoding.UTF8.GetString(output.GetBuffer().AsSpan(0, (int)output.Length)), error.ToString());
    }
}
