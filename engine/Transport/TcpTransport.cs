using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using RaftEngine.Protocol;

namespace RaftEngine.Transport;

/// <summary>
/// Carries messages over TCP: one connection to each peer, for sending, and one from each, for receiving. Connections come back by themselves. Each is
/// bound to a node by the hellos
/// at its start, and everything is bounded: connections, handshakes, frames, pending bytes, and every wait. Bad input ends the connection that it came by, never more.
/// </summary>
/// <remarks>The connections are neither encrypted nor authenticated: the network between the nodes must be trusted.</remarks>
public sealed class TcpTransport : IRaftTransport
{
    private static readonly TimeSpan AcceptRetry = TimeSpan.FromMilliseconds(20);

    private readonly TcpTransportOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _loops = [];
    private readonly Lock _lifecycle = new();

    // Guarded by _lifecycle.
    private bool _started;
    private Task? _disposal;

    // Set by the start, before anything else may be called.
    private TransportContext? _context;
    private volatile Peer[] _peers = []; // grows under _lifecycle, as a new array each time
    private IncomingConnections? _incoming;
    private Socket? _listener;

    /// <summary>A transport that has yet to be started.</summary>
    /// <param name="options">How it is set up.</param>
    /// <exception cref="ArgumentException">An option is outside its bounds.</exception>
    public TcpTransport(TcpTransportOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
    }

    /// <summary>Where the transport listens, once started: the port is the one that the system chose if the options left it open.</summary>
    /// <exception cref="InvalidOperationException">The transport has not been started.</exception>
    public IPEndPoint LocalEndPoint { get => field ?? throw new InvalidOperationException("The transport has not been started."); private set; }

    /// <inheritdoc/>
    public int MaxBodyBytes => _options.MaxFrameBytes - FrameFormat.HeaderBytes;

    /// <summary>How many incoming connections have not ended.</summary>
    internal int IncomingCount => _incoming?.Count ?? 0;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The node id is 0.</exception>
    /// <exception cref="InvalidOperationException">The transport was started before.</exception>
    /// <exception cref="ObjectDisposedException">The transport is disposed of.</exception>
    /// <exception cref="SocketException">The end point can not be listened on: its port is taken, say.</exception>
    public ValueTask StartAsync(RaftIdentity identity, IRaftReceiver receiver, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        ArgumentOutOfRangeException.ThrowIfZero(identity.NodeId, nameof(identity));
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lifecycle)
        {
            ObjectDisposedException.ThrowIf(_disposal is not null, this);
            if (_started)
            {
                throw new InvalidOperationException("A transport is started once.");
            }

            _listener = TcpSockets.Listen(_options.ListenEndPoint);
            _started = true;
            LocalEndPoint = (IPEndPoint)_listener.LocalEndPoint!;
            _context = new TransportContext(_options, identity, receiver, _options.Logger ?? NullLogger.Instance);
            _incoming = new IncomingConnections(_options);
            StartLoops();
            foreach (ulong nodeId in _options.Peers.Keys)
            {
                FindOrAddPeer(nodeId);
            }

            TransportLog.Listening(_context.Logger, identity.NodeId, LocalEndPoint);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Header and body together exceed <see cref="TcpTransportOptions.MaxFrameBytes"/>: no peer would take them, ever.</exception>
    public bool Send(in Message message, ReadOnlySpan<byte> body)
    {
        if (body.Length > MaxBodyBytes)
        {
            throw new ArgumentException(
                $"A body of {body.Length} bytes is more than a frame holds: {nameof(TcpTransportOptions.MaxFrameBytes)} is {_options.MaxFrameBytes}, header included.",
                nameof(body));
        }

        return FindOrAddPeer(message.To) is { } peer && peer.Sender.Send(in message, body);
    }

    /// <inheritdoc/>
    public void Flush()
    {
        foreach (Peer peer in _peers)
        {
            peer.Sender.Flush();
        }
    }

    /// <summary>
    /// Closes every connection, says goodbye to no one, and ends when nothing more reaches the receiver. Idempotent; any thread, but not from within the
    /// receiver.
    /// </summary>
    /// <returns>A task that ends when all has ended.</returns>
    public ValueTask DisposeAsync()
    {
        lock (_lifecycle)
        {
            return new ValueTask(_disposal ??= StopAsync());
        }
    }

    /// <summary>The peer of this id; null if the options have no address for it, or it is this node.</summary>
    internal Peer? FindOrAddPeer(ulong nodeId)
    {
        // A handful of peers: looking at each is quicker than hashing.
        foreach (Peer peer in _peers)
        {
            if (peer.NodeId == nodeId)
            {
                return peer;
            }
        }

        return _context is { } context && nodeId != context.Identity.NodeId && _options.Peers.ContainsKey(nodeId) ? AddPeer(nodeId) : null;
    }

    // A member that has joined since the start: its address has appeared among the options' peers.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Peer? AddPeer(ulong nodeId)
    {
        lock (_lifecycle)
        {
            Peer? peer = Array.Find(_peers, known => known.NodeId == nodeId);
            if (peer is null && _disposal is null)
            {
                peer = new Peer(_context!, nodeId);
                _peers = [.. _peers, peer];
                using AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
                _loops.Add(Task.Run(() => peer.Sender.RunAsync(_stop.Token)));
            }

            return peer;
        }
    }

    private void StartLoops()
    {
        // The loops outlive the caller, whose ambient state is not theirs.
        using AsyncFlowControl flow = ExecutionContext.SuppressFlow();
        _loops.Add(Task.Run(AcceptAsync));
        _loops.Add(Task.Run(WatchAsync));
    }

    private async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener?.Dispose();
        if (_incoming is not null)
        {
            await _incoming.StopAsync().ConfigureAwait(false);
        }

        await Task.WhenAll(_loops).ConfigureAwait(false);
        foreach (Peer peer in _peers)
        {
            peer.Sender.Dispose();
        }

        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Socket socket = await _listener!.AcceptAsync(_stop.Token).ConfigureAwait(false);
                Admit(socket);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                // Stopping, as the loop's condition then says.
            }
            catch (SocketException exception) when (!_stop.IsCancellationRequested)
            {
                // No descriptors left, say. It may pass; the wait keeps it from becoming a spin.
                TransportLog.AcceptFailed(_context!.Logger, exception.Message);
                await Task.Delay(AcceptRetry, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Admit(Socket socket)
    {
        try
        {
            TcpSockets.Configure(socket, _options);
            IncomingConnection connection = new(_context!, FindOrAddPeer, _incoming!, socket);
            if (_incoming!.TryAdmit(connection))
            {
                _ = connection.RunAsync();
                return;
            }
        }
        catch (SocketException exception)
        {
            // It was gone before it was looked at.
            TransportLog.AcceptFailed(_context!.Logger, exception.Message);
        }

        socket.Dispose();
    }

    private async Task WatchAsync()
    {
        using PeriodicTimer timer = new(_options.ProgressTimeout / 8);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                long nowMilliseconds = Environment.TickCount64;
                foreach (Peer peer in _peers)
                {
                    peer.Sender.CheckProgress(nowMilliseconds);
                }

                _incoming!.CheckProgress(nowMilliseconds);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }
}
