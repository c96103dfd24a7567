using System.Globalization;
using System.IO;
using LogDumpProgram = RaftEngine.LogDump.Program;

namespace RaftEngine.Tests.LogDump;

/// <summary>One run of logdump in this process: what it wrote, and what it would have exited with.</summary>
internal sealed record DumpRun(int ExitCode, string Output, string Error)
{
    public static DumpRun Of(params string[] arguments)
    {
        using StringWriter output = new(CultureInfo.InvariantCulture);
        using StringWriter error = new(CultureInfo.InvariantCulture);
        int exitCode = LogDumpProgram.Run(arguments, output, error);
        return new DumpRun(exitCode, output.ToString(), error.ToString());
    }
}
