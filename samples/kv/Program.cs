using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Demo;
using RaftEngine.Samples.Kv.Server;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv;

/// <summary>A replicated key-value store that speaks the Redis protocol, and a demonstration of what the engine under
/// it does.</summary>
internal static class Program
{
    /// <summary>How long an orderly stop may take after SIGTERM or SIGINT before the process just ends.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(20);

    private const string Description = """
        A replicated key-value store on RaftEngine, for any client of Redis.

        Examples:
          kv demo                                              count words on three replicas, and lose the leader half way
          kv serve --id 1 --peers 1=127.0.0.1:7001             one replica, for clients on port 6381
          kv serve --id 1 --peers 1=a:7001,2=b:7001,3=c:7001   the first of three; on the others with --id 2 and --id 3
          redis-cli -p 6381 set greeting hello
          redis-cli -p 6381 raft.status
        """;

    /// <summary>Runs a command line.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    internal static async Task<int> Main(string[] args)
    {
        RootCommand root = new(Description)
        {
            DemoCommand.Create(),
            ServeCommand.Create(),
            DisasterCommands.CreateRestore(),
            DisasterCommands.CreateRecover(),
            DecodeCommand.Create(),
        };
        if (args.Length == 0)
        {
            await root.Parse("--help").InvokeAsync().ConfigureAwait(false);
            return ExitCodes.Usage;
        }

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
