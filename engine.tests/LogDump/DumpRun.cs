using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using RaftEngine.LogDump.Output;
using LogDumpProgram = RaftEngine.LogDump.Program;

namespace RaftEngine.Tests.LogDump;

/// <summary>One run of logdump in this process: what it wrote, and what it would have exited with.</summary>
internal sealed record DumpRun(int ExitCode, string Output, string Error)
{
    /// <summary>The value of a name, in a table of names and values.</summary>
    public string ValueOf(string name) => Output.Split('\n').First(line => line.StartsWith(name + "   ", StringComparison.Ordinal))[name.Length..].Trim();

    public static DumpRun Of(params string[] arguments)
    {
        using MemoryStream output = new();
        using StringWriter error = new(CultureInfo.InvariantCulture);
        int exitCode = LogDumpProgram.Run(arguments, new Terminal(output, error) { ColorIsUnwanted = true });
        return new DumpRun(exitCode, Encoding.UTF8.GetString(output.GetBuffer().AsSpan(0, (int)output.Length)), error.ToString());
    }
}
