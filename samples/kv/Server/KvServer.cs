using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RaftEngine.Samples.Kv.Store;
using RaftEngine.Transport;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>One replica: its node, its transport, and the listener for clients.</summary>
internal sealed class KvServer : IAsyncDisposable
{
    /// <summary>How many clients may be connected at once.</summary>
    public const int MaxConnections = 10_000;

    private static readonly TimeSpan ListenerStopTimeout = TimeSpan.FromSeconds(1);

    private readonly TcpTransport _transport;
    private readonly RaftNode<KvResult> _node;
    private readonly WebApplication _listener;

    private KvServer(TcpTransport transport, RaftNode<KvResult> node, WebApplication listener)
    {
        _transport = transport;
        _node = node;
        _listener = listener;
    }

    /// <summary>The node's state.</summary>
    public RaftStatus Status => _node.Status;

    /// <summary>Ends when the node has stopped; faulted with the cause if a failure stopped it.</summary>
    public Task Completion => _node.Completion;

    /// <summary>Starts a replica.</summary>
    public static async Task<KvServer> StartAsync(ServeOptions options, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var endPoints = options.Peers.EndPoints;
        TcpTransport transport = new(new TcpTransportOptions { ListenEndPoint = PeerMap.ToListenEndPoint(endPoints[options.Id]), Peers = endPoints });
        RaftNode<KvResult>? node = null;
        try
        {
            KvStateMachine store = new();
            RaftOptions raft = new()
            {
                NodeId = options.Id,
                Voters = options.Peers.Ids,
                DataDirectory = options.DataDirectory,
                ClusterId = options.Cluster,
                Durability = options.Durability,
            };
            node = await RaftNode.StartAsync(raft, store, transport, loggers.CreateLogger("RaftEngine"), cancellationToken).ConfigureAwait(false);
            WebApplication listener = BuildListener(options, new RaftReplica(node, store), loggers);
            await listener.StartAsync(cancellationToken).ConfigureAwait(false);
            return new KvServer(transport, node, listener);
        }
        catch
        {
            if (node is not null)
            {
                await node.DisposeAsync().ConfigureAwait(false);
            }

            await transport.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Stops in order: clients first, so that nothing new comes; then the node, which syncs; then its connections.</summary>
    public async ValueTask DisposeAsync()
    {
        using (CancellationTokenSource patience = new(ListenerStopTimeout))
        {
            await _listener.StopAsync(patience.Token).ConfigureAwait(false);
        }

        await _node.DisposeAsync().ConfigureAwait(false);
        await _transport.DisposeAsync().ConfigureAwait(false);
        await _listener.DisposeAsync().ConfigureAwait(false);
    }

    private static WebApplication BuildListener(ServeOptions options, IKvReplica replica, ILoggerFactory loggers)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(new KvConnectionHandler(replica, options.RedisPeers));
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Listen(PeerMap.ToListenEndPoint(options.Redis), endPoint => endPoint.UseConnectionHandler<KvConnectionHandler>());
        });
        return builder.Build();
    }
}
