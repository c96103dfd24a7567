using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using RaftEngine.LogDump.Commands;
using RaftEngine.LogDump.Output;

namespace RaftEngine.LogDump;

/// <summary>Looks into the log of a data directory. What looks only reads, takes no lock, and works while the node runs.</summary>
internal static class Program
{
    public static int Main(string[] arguments)
    {
        using CancellationTokenSource interrupted = new();
        using PosixSignalRegistration onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = !interrupted.IsCancellationRequested; // a second one ends the process where it stands
            interrupted.Cancel();
        });
        using Stream output = OpenOutput();
        return Run(arguments, Terminal.OfProcess(output, interrupted.Token));
    }

    // The framework's own stream says nothing when the reader of a pipe has gone. A file, though, may be shared with standard error, and then only that stream keeps its place.
    private static Stream OpenOutput()
    {
        if (OperatingSystem.IsWindows())
        {
            return Console.OpenStandardOutput();
        }

        FileStream output = new(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return output.CanSeek ? Console.OpenStandardOutput() : output;
    }

    /// <summary>Runs one command.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="terminal">Where data and diagnostics go.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static int Run(string[] arguments, Terminal terminal) => new CommandLine(terminal).Run(arguments);
}
