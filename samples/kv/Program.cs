using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Demo;
using RaftEngine.Samples.Kv.Server;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv;

/// <summary>A replicated key-value store that speaks the Redis protocol, and a demonstration of what the engine under it does.</summary>
internal static class Program
{
    /// <summary>How long an orderly stop may take after SIGTERM or SIGINT before the process just ends.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(20);

    /// <summary>Runs a command line.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    internal static async Task<int> Main(string[] args)
    {
        RootCommand root = new("A replicated key-value store on RaftEngine.")
        {
            DemoCommand.Create(),
            ServeCommand.Create(),
            DisasterCommands.CreateRestore(),
            DisasterCommands.CreateRecover(),
            DecodeCommand.Create(),
        };
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (ParseError error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync(error.Message).ConfigureAwait(false);
            }

            return ExitCodes.Usage;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = StopTimeout }).ConfigureAwait(false);
    }
}
