using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Snapshots;
using RaftEngine.Storage;
using RaftEngine.Transport;

namespace RaftEngine.Samples.Kv.Server;

/// <summary><c>kv serve</c>: one replica, until it is told to stop.</summary>
internal static class ServeCommand
{
    /// <summary>Replica 1 serves clients on this port and the next one, if nothing else is said.</summary>
    private const int FirstClientPort = 6381;

    private static readonly Option<ulong> Id = new("--id") { Required = true, Description = "This replica's id, one of --peers." };

    private static readonly Option<PeerMap> Peers = new("--peers")
    {
        Required = true,
        Description = "Where the replicas talk to each other: 1=HOST:PORT,2=HOST:PORT,...",
        CustomParser = static result => Parse(result, PeerMap.Parse),
    };

    private static readonly Option<EndPoint> Redis = new("--redis")
    {
        Description = $"Where this replica serves clients: HOST:PORT. Default: its place in --redis-peers, or its host in --peers and port {FirstClientPort} for replica 1, "
            + $"{FirstClientPort + 1} for replica 2, and so on.",
        CustomParser = static result => Parse(result, PeerMap.ParseEndPoint),
    };

    private static readonly Option<PeerMap> RedisPeers = new("--redis-peers")
    {
        Description = "Where all of them serve clients: 1=HOST:PORT,2=HOST:PORT,... Default: as for --redis.",
        CustomParser = static result => Parse(result, PeerMap.Parse),
    };

    private static readonly Option<string> Data = new("--data") { Description = "The data directory. Default: kv-data/ID." };

    private static readonly Option<string> Level = new("--durability") { Description = "What an acknowledged write has survived.", DefaultValueFactory = static _ => "fsync" };

    private static readonly Option<Guid?> Cluster = new("--cluster")
    {
        Description = "The cluster's id: to join a cluster that exists. Default: what the data directory says; at the first start of all replicas, a new one.",
    };

    private static readonly Option<ulong[]> Voters = new("--voters")
    {
        Description = "The replicas that the cluster began with, if they are not all of --peers: the one that was restored or recovered.",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> Backup = new("--backup") { Description = "The file that SAVE and BGSAVE back the replica up to." };

    private static readonly Option<string> Forward = new("--forward")
    {
        Description = "yes: any replica takes any command, and sends writes to the leader. no: it answers them with MOVED.",
        DefaultValueFactory = static _ => "yes",
    };

    private static readonly Option<string> Slots = new("--cluster-slots")
    {
        Description = "What clients of Redis Cluster are told. leader: all slots are the leader's. spread: each replica that serves has its share, and sends writes on.",
        DefaultValueFactory = static _ => "leader",
    };

    private static readonly Option<string?> PasswordFile = new("--password-file")
    {
        Description = "The file whose first line is the password of clients, the same on every replica.",
    };

    private static readonly Option<string> ProtectedMode = new("--protected-mode")
    {
        Description = "yes: without a password, only clients of this machine are served.",
        DefaultValueFactory = static _ => "yes",
    };

    private static readonly Option<int> ClientMemory = new("--client-memory")
    {
        Description = "How many MiB are held for all clients together: unfinished requests, and lists of values that are being sent.",
        DefaultValueFactory = static _ => (int)(new KvLimits().MaxHeldBytes >> 20),
    };

    private static readonly Option<int> RequestTimeout = new("--request-timeout")
    {
        Description = "How many seconds a request may take to come, and a client to read 64 KiB of replies.",
        DefaultValueFactory = static _ => (int)new KvLimits().RequestTimeout.TotalSeconds,
    };

    private static readonly Option<int> IdleTimeout = new("--idle-timeout")
    {
        Description = "After how many seconds without a request a connection is closed.",
        DefaultValueFactory = static _ => (int)new KvLimits().IdleTimeout.TotalSeconds,
    };

    private static readonly Option<string?> TlsCertificate = new("--tls-certificate")
    {
        Description = "This replica's certificate, for TLS between replicas: PEM, or PKCS#12 with the key. It is for the URI "
            + "raft://CLUSTER/ID; so --cluster is to be given.",
    };

    private static readonly Option<string?> TlsKey = new("--tls-key")
    {
        Description = "Its private key, PEM, if it is in a file of its own.",
    };

    private static readonly Option<string?> TlsAuthorities = new("--tls-authorities")
    {
        Description = "The roots that the replicas' certificates come from, PEM.",
    };

    private static readonly Option<string?> TlsRevoked = new("--tls-revoked")
    {
        Description = "Serial numbers of revoked certificates, one a line.",
    };

    private static readonly Option<bool> AllowPlaintext = new("--allow-plaintext")
    {
        Description = "Replicas talk without TLS also beyond this machine: only within a network that is trusted.",
    };

    /// <summary>The command for the command line.</summary>
    public static Command Create()
    {
        Level.AcceptOnlyFromAmong("fsync", "interval", "none");
        Forward.AcceptOnlyFromAmong("yes", "no");
        ProtectedMode.AcceptOnlyFromAmong("yes", "no");
        Slots.AcceptOnlyFromAmong("leader", "spread");
        Command serve = new("serve", "Runs one replica.")
        {
            Id, Peers, Redis, RedisPeers, Data, Level, Cluster, Voters, Backup, Forward, Slots, PasswordFile, ProtectedMode, ClientMemory, RequestTimeout, IdleTimeout,
            TlsCertificate, TlsKey, TlsAuthorities, TlsRevoked, AllowPlaintext,
        };
        serve.SetAction(static (parsed, stop) => RunAsync(parsed, stop));
        return serve;
    }

    private static ServeOptions OptionsOf(ParseResult parsed, ulong id, PeerMap peers)
    {
        PeerMap redisPeers = parsed.GetValue(RedisPeers) ?? peers.WithPorts(static other => (int)Math.Min(FirstClientPort + other - 1, ushort.MaxValue));
        TimeSpan requestTimeout = TimeSpan.FromSeconds(Math.Max(parsed.GetValue(RequestTimeout), 1));
        return new ServeOptions
        {
            Id = id,
            Peers = peers,
            Redis = parsed.GetValue(Redis) ?? redisPeers.EndPoints[id],
            RedisPeers = redisPeers,
            DataDirectory = parsed.GetValue(Data) ?? Path.Combine("kv-data", id.ToString(CultureInfo.InvariantCulture)),
            Durability = Enum.Parse<Durability>(parsed.GetRequiredValue(Level), ignoreCase: true),
            Cluster = parsed.GetValue(Cluster),
            Voters = parsed.GetValue(Voters) is { Length: > 0 } given ? given : null,
            Backup = parsed.GetValue(Backup),
            Forwards = parsed.GetValue(Forward) == "yes",
            SpreadsSlots = parsed.GetValue(Slots) == "spread",
            PasswordFile = parsed.GetValue(PasswordFile),
            IsProtected = parsed.GetValue(ProtectedMode) == "yes",
            Tls = TlsOf(parsed),
            AllowsPlaintext = parsed.GetValue(AllowPlaintext),
            Limits = new KvLimits
            {
                MaxHeldBytes = Math.Max(parsed.GetValue(ClientMemory), 1) * (1L << 20),
                RequestTimeout = requestTimeout,
                ReplyTimeout = requestTimeout,
                IdleTimeout = TimeSpan.FromSeconds(Math.Max(parsed.GetValue(IdleTimeout), 1)),
            },
        };
    }

    private static TlsFiles? TlsOf(ParseResult parsed)
    {
        string? certificate = parsed.GetValue(TlsCertificate);
        string? authorities = parsed.GetValue(TlsAuthorities);
        if (certificate is null && authorities is null)
        {
            return parsed.GetValue(TlsKey) is null && parsed.GetValue(TlsRevoked) is null
                ? null
                : throw new ArgumentException("--tls-key and --tls-revoked go with --tls-certificate and --tls-authorities.");
        }

        return certificate is not null && authorities is not null
            ? new TlsFiles
            {
                Certificate = certificate,
                Key = parsed.GetValue(TlsKey),
                Authorities = authorities,
                Revoked = parsed.GetValue(TlsRevoked),
            }
            : throw new ArgumentException("--tls-certificate and --tls-authorities go together.");
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        ulong id = parsed.GetRequiredValue(Id);
        PeerMap peers = parsed.GetRequiredValue(Peers);
        if (!peers.EndPoints.ContainsKey(id) || parsed.GetValue(RedisPeers)?.EndPoints.ContainsKey(id) == false)
        {
            await Console.Error.WriteLineAsync($"--id {id} is not one of --peers, or not one of --redis-peers.").ConfigureAwait(false);
            return ExitCodes.Usage;
        }

        ServeOptions options;
        try
        {
            options = OptionsOf(parsed, id, peers);
        }
        catch (ArgumentException wrong)
        {
            await Console.Error.WriteLineAsync(wrong.Message).ConfigureAwait(false);
            return ExitCodes.Usage;
        }

        return await RunAsync(options, stop).ConfigureAwait(false);
    }

    private static async Task<int> RunAsync(ServeOptions options, CancellationToken stop)
    {
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
                await Console.Out.WriteLineAsync(
                    $"Replica {options.Id} serves clients on {options.Redis} and replicas on {options.Peers.EndPoints[options.Id]}; "
                    + $"its data is in {options.DataDirectory}.").ConfigureAwait(false);
                await server.Completion.WaitAsync(stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCodes.Success;
        }
        catch (Exception failure) when (failure is DataDirectoryException or LaterReleaseException or LogCorruptedException
            or LogDivergenceException or LogFullException or SnapshotCorruptedException or StorageFailedException or IOException
            or SocketException or UnauthorizedAccessException or ArgumentException or CryptographicException)
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
