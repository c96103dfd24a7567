using System;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>Serves the connections that the listener accepts.</summary>
internal sealed class KvConnectionHandler : ConnectionHandler
{
    private static readonly byte[] Denied =
        [.. ("-DENIED this replica is in protected mode, because it has no password: it serves clients on its own machine only. Start it with --password-file FILE, or with "u8),
         .. "--protected-mode no on a network where everybody is trusted.\r\n"u8];

    private readonly KvService _service;
    private long _lastConnectionId;

    /// <summary>A handler in front of one replica.</summary>
    public KvConnectionHandler(KvService service)
    {
        _service = service;
    }

    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        if (_service.IsProtected && !_service.NeedsPassword && connection.RemoteEndPoint is IPEndPoint remote && !IPAddress.IsLoopback(remote.Address))
        {
            await connection.Transport.Output.WriteAsync(Denied).ConfigureAwait(false);
            return;
        }

        // A client whose machine is gone says nothing more: the system asks for it now and then.
        connection.Features.Get<IConnectionSocketFeature>()?.Socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        Session client = new() { Id = Interlocked.Increment(ref _lastConnectionId), Address = connection.RemoteEndPoint?.ToString() ?? string.Empty };
        using KvConnection served = new(_service, connection.Transport, client) { Abort = connection.Abort };
        _service.Connections[client.Id] = served;
        CancellationToken stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using CancellationTokenRegistration stop = stopping.Register(static input => ((PipeReader)input!).CancelPendingRead(), connection.Transport.Input);
        try
        {
            await served.RunAsync().ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is ConnectionAbortedException or ConnectionResetException or OperationCanceledException)
        {
            // The client is gone, or the server stops: there is no one left to answer.
        }
        finally
        {
            _service.Connections.TryRemove(client.Id, out _);
        }
    }
}
