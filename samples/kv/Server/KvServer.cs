using System;
using System.Collections.Generic;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using RaftEngine.Samples.Kv.Store;
using RaftEngine.Transport;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>One replica: its node, its transport, and the listener for clients.</summary>
internal sealed class KvServer : IAsyncDisposable
{
    /// <summary>How long another replica has to take over before this one stops.</summary>
    private static readonly TimeSpan ResignTimeout = TimeSpan.FromSeconds(1);

    /// <summary>How long the clients of a leader have to learn where the next one is before their connections are closed. One whose connection is closed under a request
    /// does not know its outcome.</summary>
    private static readonly TimeSpan FarewellTime = TimeSpan.FromMilliseconds(200);

    private readonly TcpTransport _transport;
    private readonly RaftNode<KvResult> _node;
    private readonly KvListener _listener;

    private KvServer(TcpTransport transport, RaftNode<KvResult> node, KvListener listener)
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
        IReadOnlyDictionary<ulong, EndPoint> endPoints = options.Peers.EndPoints;
        TcpTransport transport = new(new TcpTransportOptions
        {
            ListenEndPoint = PeerMap.ToListenEndPoint(endPoints[options.Id]),
            Peers = endPoints,
            Logger = loggers.CreateLogger("RaftEngine.Transport"),
        });
        RaftNode<KvResult>? node = null;
        try
        {
            KvStateMachine store = new();
            RaftOptions raft = new()
            {
                NodeId = options.Id,
                Voters = options.Voters ?? options.Peers.Ids,
                DataDirectory = options.DataDirectory,
                ClusterId = options.Cluster,
                Durability = options.Durability,
            };
            node = await RaftNode.StartAsync(raft, store, transport, loggers.CreateLogger("RaftEngine"), cancellationToken).ConfigureAwait(false);
            IPEndPoint redis = PeerMap.ToListenEndPoint(options.Redis);
            RaftReplica replica = new(node, store, options.Backup);
            KvListener listener = await KvListener.StartAsync(redis, replica, options.RedisPeers, loggers, cancellationToken).ConfigureAwait(false);
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

    /// <summary>
    /// Stops in order. Leadership goes first, while clients are still served: each learns of the new leader with its next request, and goes there. Then the clients that are
    /// left, so that nothing new comes; then the node, which syncs; then its connections.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await ResignAsync().ConfigureAwait(false);
        await _listener.StopAsync().ConfigureAwait(false);
        await _node.DisposeAsync().ConfigureAwait(false);
        await _transport.DisposeAsync().ConfigureAwait(false);
        await _listener.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ResignAsync()
    {
        if (_node.Status.Role != RaftRole.Leader)
        {
            return;
        }

        using CancellationTokenSource patience = new(ResignTimeout);
        try
        {
            await _node.ResignAsync(patience.Token).ConfigureAwait(false);
            await Task.Delay(FarewellTime).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RequestRefusedException or RaftOverloadedException or ObjectDisposedException or OperationCanceledException)
        {
            // There is no other to lead, or it does not take over: the node stops all the same.
        }
    }
}
