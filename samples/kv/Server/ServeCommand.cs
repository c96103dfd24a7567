using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using RaftEngine.Log;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine.Samples.Kv.Server;

/// <summary><c>kv serve</c>: one replica, until it is told to stop.</summary>
internal static class ServeCommand
{
    /// <summary>The command for the command line.</summary>
    public static Command Create()
    {
        Option<ulong> id = new("--id") { Required = true, Description = "This replica's id, one of --peers." };
        Option<PeerMap> peers = new("--peers")
        {
            Required = true,
            Description = "Where the replicas talk to each other: 1=HOST:PORT,2=HOST:PORT,…",
            CustomParser = r => Parse(r, PeerMap.Parse),
        };
        Option<EndPoint> redis = new("--redis")
        {
            Required = true,
            Description = "Where this replica serves clients: HOST:PORT.",
            CustomParser = r => Parse(r, PeerMap.ParseEndPoint),
        };
        Option<PeerMap> redisPeers = new("--redis-peers")
        {
            Required = true,
            Description = "Where all of them serve clients: 1=HOST:PORT,2=HOST:PORT,…",
            CustomParser = r => Parse(r, PeerMap.Parse),
        };
        Option<string> data = new("--data") { Required = true, Description = "The data directory." };
        Option<string> durability = new("--durability") { Description = "What an acknowledged write has survived.", DefaultValueFactory = _ => "fsync" };
        durability.AcceptOnlyFromAmong("fsync", "interval", "none");
        Option<Guid> cluster = new("--cluster") { Description = "The cluster's id, the same on every replica.", DefaultValueFactory = _ => ServeOptions.DefaultCluster };
        Option<ulong[]> voters = new("--voters")
        {
            Description = "The replicas that the cluster began with, if they are not all of --peers: the one that was restored or recovered.",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<string?> backup = new("--backup") { Description = "The file that the command SAVE backs the replica up to." };
        Command serve = new("serve", "Runs one replica.") { id, peers, redis, redisPeers, data, durability, cluster, voters, backup };
        serve.SetAction((parsed, stop) => RunAsync(
            new ServeOptions
            {
                Id = parsed.GetRequiredValue(id),
                Peers = parsed.GetRequiredValue(peers),
                Redis = parsed.GetRequiredValue(redis),
                RedisPeers = parsed.GetRequiredValue(redisPeers),
                DataDirectory = parsed.GetRequiredValue(data),
                Durability = Enum.Parse<Durability>(parsed.GetRequiredValue(durability), ignoreCase: true),
                Cluster = parsed.GetValue(cluster),
                Voters = parsed.GetValue(voters) is { Length: > 0 } given ? given : null,
                Backup = parsed.GetValue(backup),
            },
            stop));
        return serve;
    }

    private static async Task<int> RunAsync(ServeOptions options, CancellationToken stop)
    {
        if (!options.Peers.TryGetAddress(options.Id, out _))
        {
            await Console.Error.WriteLineAsync($"--id {options.Id} is not one of --peers.").ConfigureAwait(false);
            return ExitCodes.Usage;
        }

        using ILoggerFactory loggers = LoggerFactory.Create(logging => logging
            .SetMinimumLevel(LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None) // What it would log is thrown, and printed once, below.
            .AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            })
            .Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
        try
        {
            KvServer server = await KvServer.StartAsync(options, loggers, stop).ConfigureAwait(false);
            await using (server.ConfigureAwait(false))
            {
                await Console.Out.WriteLineAsync($"Replica {options.Id} serves clients on {options.Redis}; its data is in {options.DataDirectory}.").ConfigureAwait(false);
                await server.Completion.WaitAsync(stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCodes.Success;
        }
        catch (Exception failure) when (failure is DataDirectoryException or LogCorruptedException or LogDivergenceException or LogFullException
            or SnapshotCorruptedException or StorageFailedException or IOException or SocketException or UnauthorizedAccessException or ArgumentException)
        {
            await Console.Error.WriteLineAsync(failure.Message).ConfigureAwait(false);
            return ExitCodes.Failure;
        }

        return ExitCodes.Success;
    }

    private static T? Parse<T>(ArgumentResult result, Func<string, T> parse)
        where T : class
    {
        try
        {
            return parse(result.Tokens[0].Value);
        }
        catch (FormatException wrong)
        {
            result.AddError(wrong.Message);
            return null;
        }
    }
}
