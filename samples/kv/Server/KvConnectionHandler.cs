using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>Serves the connections that the listener accepts.</summary>
internal sealed class KvConnectionHandler : ConnectionHandler
{
    private readonly IKvReplica _replica;
    private readonly PeerMap _redisPeers;
    private long _lastConnectionId;

    /// <summary>A handler in front of one replica.</summary>
    public KvConnectionHandler(IKvReplica replica, PeerMap redisPeers)
    {
        _replica = replica;
        _redisPeers = redisPeers;
    }

    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        using KvConnection session = new(_replica, _redisPeers, connection.Transport, Interlocked.Increment(ref _lastConnectionId));
        CancellationToken stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using CancellationTokenRegistration stop = stopping.Register(input => ((System.IO.Pipelines.PipeReader)input!).CancelPendingRead(), connection.Transport.Input);
        try
        {
            await session.RunAsync().ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is ConnectionAbortedException or ConnectionResetException or OperationCanceledException)
        {
            // The client is gone, or the server stops: there is no one left to answer.
        }
    }
}
