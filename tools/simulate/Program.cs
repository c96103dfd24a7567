using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.IO;
using RaftEngine.Simulate.Pacing;

namespace RaftEngine.Simulate;

/// <summary>Simulates clusters, and judges what clusters did.</summary>
internal static class Program
{
    public static int Main(string[] arguments)
    {
        using StreamWriter output = new(Console.OpenStandardOutput(), Console.OutputEncoding, bufferSize: 64 << 10);
        return Run(arguments, output, Console.Error);
    }

    /// <summary>Runs one command.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="error">Where diagnostics go.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter error)
    {
        RootCommand root = new("Simulates clusters, and judges what clusters did.")
        {
            CheckCommand.Create(output, error),
            PaceCommand.Create(output, error),
        };
        CampaignCommand.AddTo(root, output, error);
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (ParseError wrong in parsed.Errors)
            {
                error.WriteLine(wrong.Message);
            }

            return ExitCodes.Usage;
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            error.WriteLine(failure.Message);
            return ExitCodes.InputOutput;
        }
    }
}
