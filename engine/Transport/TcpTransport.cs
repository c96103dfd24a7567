using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Host;
using RaftEngine.Protocol;

namespace RaftEngine.Transport;

/// <summary>
/// Carries messages over TCP: two connections to each peer, for sending, and two from each, for receiving; one of the
/// two carries small control messages, which bulk data must not hold up. Connections come back by themselves. Each is
/// bound to a node by the hellos at its start, and everything is bounded: connections, handshakes, frames, pending
/// bytes, and every wait. Bad input ends the connection that it came by, never more.
/// </summary>
/// <remarks>
/// One thread of the transport's own serves all connections of a node, and the node's loop may run on it too; nothing waits for
/// the thread pool. <see cref="TcpTransportOptions.Tls"/> encrypts and authenticates the connections; without it, the network
/// between the nodes must be trusted.
/// </remarks>
public sealed class TcpTransport : IRaftTransport
{
    /// <summary>Of how many nodes it is said that they have no address.</summary>
    private const int MaxUnaddressed = 64;

    private readonly TcpTransportOptions _options;
    private readonly Func<IPoller> _makePoller;
    private readonly Gate _lifecycle = new();

    // Guarded by _lifecycle.
    private bool _started;
    private Task? _disposal;
    private PollThread? _poll;
    private readonly HashSet<ulong> _unaddressed = []; // nodes of which it was said that they have no address

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
    /// <exception cref="ArgumentException">The node id is 0, or the certificate is not this node's.</exception>
    /// <exception cref="InvalidOperationException">The transport was started before.</exception>
    /// <exception cref="ObjectDisposedException">The transport is disposed of.</exception>
    /// <exception cref="SocketException">The transport cannot listen on the end point, for example because its port is
    /// in use.</exception>
    public ValueTask StartAsync(RaftIdentity identity, IRaftReceiver receiver, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        ArgumentOutOfRangeException.ThrowIfZero(identity.NodeId, nameof(identity));
        cancellationToken.ThrowIfCancellationRequested();
        using (_lifecycle.Enter())
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
            WarnOfSettings(_context);
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
        using (_lifecycle.Enter())
        {
            _context?.Tls?.Thread.Stop();
            return new ValueTask(_disposal ??= _poll?.StopAsync() ?? Task.CompletedTask);
        }
    }

    /// <summary>The peer of this id; null if the options have no address for it, or it is this node.</summary>
    /// <param name="nodeId">The peer.</param>
    /// <param name="isMissed">True if it is said, once, that there is no address.</param>
    internal Peer? FindOrAddPeer(ulong nodeId, bool isMissed = true)
    {
        // A handful of peers: looking at each is quicker than hashing.
        foreach (Peer peer in _peers)
        {
            if (peer.NodeId == nodeId)
            {
                return peer;
            }
        }

        return _context is { } context && nodeId != context.Identity.NodeId ? AddPeer(context, nodeId, isMissed) : null;
    }

    // What can be seen of the options as soon as the node listens.
    private void WarnOfSettings(TransportContext context)
    {
        ulong own = context.Identity.NodeId;
        IPAddress address = LocalEndPoint.Address;
        if (context.Tls is null && !IPAddress.IsLoopback(address))
        {
            TransportLog.Plaintext(context.Logger, own, LocalEndPoint);
        }

        bool isElsewhere = _options.Peers.GetValueOrDefault(own) switch
        {
            IPEndPoint said => said.Port != LocalEndPoint.Port
                || (!IsAny(address) && !said.Address.MapToIPv6().Equals(address.MapToIPv6())),
            DnsEndPoint said => said.Port != LocalEndPoint.Port,
            _ => false,
        };
        if (isElsewhere)
        {
            TransportLog.ListensElsewhere(context.Logger, own, LocalEndPoint, _options.Peers[own]);
        }

        foreach (ulong voter in context.Identity.Handshake?.InitialVoters ?? [])
        {
            if (voter != own)
            {
                FindOrAddPeer(voter);
            }
        }
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    // A member that has joined since the start: its address may have appeared among the options' peers, which are the
    // host's.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Peer? AddPeer(TransportContext context, ulong nodeId, bool isMissed)
    {
        bool hasAddress = false;
        try
        {
            hasAddress = _options.Peers.ContainsKey(nodeId);
        }
#pragma warning disable CA1031 // A dictionary that is not thread-safe, say: it must not end the loop.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            TransportLog.PeersThrew(context.Logger, nodeId, exception);
            return null;
        }

        using (_lifecycle.Enter())
        {
            if (!hasAddress)
            {
                if (isMissed && _unaddressed.Count < MaxUnaddressed && _unaddressed.Add(nodeId))
                {
                    TransportLog.NoAddress(context.Logger, context.Identity.NodeId, nodeId);
                }

                return null;
            }

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
        HostLogger logger = HostLogger.Of(_options.Logger);
        LocalEndPoint = (IPEndPoint)listening.LocalEndPoint!;
        TlsGuard? tls = _options.Tls is { } options ? new TlsGuard(options, identity, logger) : null; // first: it may throw
        PollThread poll = new(_makePoller(), receiver, logger, $"raft {identity.NodeId} transport");
        TransportContext context = new(_options, identity, receiver, logger, poll, tls);
        _incoming = new IncomingConnections(_options);
        poll.Join(new Listener(context, listening, nodeId => FindOrAddPeer(nodeId, isMissed: false), _incoming));
        _context = context; // before the thread begins, which looks at it
        if (tls is not null)
        {
            tls.Start(poll.Wake);
            poll.Join(new AgeTimer(context));
        }

        poll.Start();
        _poll = poll;
        _started = true;
    }
}
