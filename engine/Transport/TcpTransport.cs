using System;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RaftEngine.Protocol;

namespace RaftEngine.Transport;

/// <summary>
/// Carries messages over TCP: two connections to each peer, for sending, and two from each, for receiving; one of the
/// two carries small control messages, which bulk data must not hold up. Connections come back by themselves. Each is
/// bound to a node by the hellos at its start, and everything is bounded: connections, handshakes, frames, pending
/// bytes, and every wait. Bad input ends the connection that it came by, never more.
/// </summary>
/// <remarks>
/// All connections of a node are served by one thread of the transport's own, on which the node's loop may run too; nothing waits for the thread pool. The connections are
/// neither encrypted nor authenticated: the network between the nodes must be trusted.
/// </remarks>
public sealed class TcpTransport : IRaftTransport
{
    private readonly TcpTransportOptions _options;
    private readonly Func<IPoller> _makePoller;
    private readonly Lock _lifecycle = new();

    // Guarded by _lifecycle.
    private bool _started;
    private Task? _disposal;
    private PollThread? _poll;

    // Set by the start, before anything else may be called.
    private TransportContext? _context;
    private volatile Peer[] _peers = []; // grows under _lifecycle, as a new array each time
    private IncomingConnections? _incoming;

    /// <summary>A transport that has yet to be started.</summary>
    /// <param name="options">How it is set up.</param>
    /// <exception cref="ArgumentException">An option is outside its bounds.</exception>
    public TcpTransport(TcpTransportOptions options)
        : this(options, OperatingSystem.IsLinux() ? static () => new EpollPoller() : static () => new SelectPoller())
    {
    }

    /// <summary>As the other one, with a way to wait for sockets that need not be the system's best.</summary>
    internal TcpTransport(TcpTransportOptions options, Func<IPoller> makePoller)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _makePoller = makePoller;
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

            Socket listening = TcpSockets.Listen(_options.ListenEndPoint);
            try
            {
                Start(listening, identity, receiver);
            }
            catch
            {
                listening.Dispose();
                throw;
            }

            foreach (ulong nodeId in _options.Peers.Keys)
            {
                FindOrAddPeer(nodeId);
            }

            TransportLog.Listening(_context!.Logger, identity.NodeId, LocalEndPoint);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Header and body together exceed <see cref="TcpTransportOptions.MaxFrameBytes"/>: no peer would take them, ever.</exception>
    public bool Send(in Message message, ReadOnlySpan<byte> body)
    {
        // A single entry that is in the log goes out whatever the bound is now.
        bool isEntry = message.Kind == MessageKind.AppendRequest && message.LastIndex == message.Index + 1 && body.Length <= EntryBounds.LargestBodyBytes;
        if (body.Length > MaxBodyBytes && !isEntry)
        {
            throw new ArgumentException(
                $"A body of {body.Length} bytes is more than a frame holds: {nameof(TcpTransportOptions.MaxFrameBytes)} is {_options.MaxFrameBytes}, header included.",
                nameof(body));
        }

        return FindOrAddPeer(message.To) is { } peer && peer.Send(in message, body);
    }

    /// <inheritdoc/>
    public void Flush()
    {
        Peer[] peers = _peers;
        foreach (Peer peer in peers)
        {
            peer.Control.Flush();
        }

        foreach (Peer peer in peers)
        {
            peer.Sender.Flush();
        }
    }

    /// <inheritdoc/>
    public void Disconnect(ulong nodeId) => Array.Find(_peers, peer => peer.NodeId == nodeId)?.Disconnect();

    /// <summary>
    /// Closes every connection, says goodbye to no one, and ends when nothing more reaches the receiver. Idempotent; any thread. The receiver may call it, but must return before
    /// the task can end.
    /// </summary>
    /// <returns>A task that ends when all has ended.</returns>
    public ValueTask DisposeAsync()
    {
        lock (_lifecycle)
        {
            return new ValueTask(_disposal ??= _poll?.StopAsync() ?? Task.CompletedTask);
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
                _poll!.Join(peer.Dialer);
                _poll.Join(peer.ControlDialer);
            }

            return peer;
        }
    }

    private void Start(Socket listening, RaftIdentity identity, IRaftReceiver receiver)
    {
        ILogger logger = _options.Logger ?? NullLogger.Instance;
        LocalEndPoint = (IPEndPoint)listening.LocalEndPoint!;
        PollThread poll = new(_makePoller(), receiver, logger, $"raft {identity.NodeId} transport");
        TransportContext context = new(_options, identity, receiver, logger, poll);
        _incoming = new IncomingConnections(_options);
        poll.Join(new Listener(context, listening, FindOrAddPeer, _incoming));
        _context = context; // before the thread begins, which looks at it
        poll.Start();
        _poll = poll;
        _started = true;
    }
}
