using System;
using System.Threading;

namespace RaftEngine.Transport;

/// <summary>One of the other nodes: the connection to it, the connection from it, and who it said it was. The poll thread, except <see cref="Sender"/>.</summary>
internal sealed class Peer
{
    private readonly TransportContext _context;
    private IncomingConnection? _incoming;
    private int _isUnwanted; // the connection from it, by any thread's word

    public Peer(TransportContext context, ulong nodeId)
    {
        _context = context;
        NodeId = nodeId;
        Sender = new PeerSender(context, nodeId);
        Dialer = new PeerDialer(context, this, Sender);
    }

    /// <summary>The peer's id.</summary>
    public ulong NodeId { get; }

    /// <summary>The way to the peer.</summary>
    public PeerSender Sender { get; }

    /// <summary>What connects it.</summary>
    public PeerDialer Dialer { get; }

    /// <summary>The incarnation of the peer's data directory, as last seen on either connection; empty before the first.</summary>
    public Guid Incarnation { get; private set; }

    /// <summary>Takes note of the peer's incarnation.</summary>
    public void Observe(Guid incarnation)
    {
        (Guid previous, Incarnation) = (Incarnation, incarnation);
        if (previous != Guid.Empty && previous != incarnation)
        {
            TransportLog.IncarnationChanged(_context.Logger, NodeId, incarnation, previous);
        }
    }

    /// <summary>Makes a connection the one from this peer. The one before it ends first.</summary>
    public void Replace(IncomingConnection connection)
    {
        _incoming?.Close("the peer has made a new one.");
        _incoming = connection;
        _ = TakeUnwanted(); // that was meant for the one before
    }

    /// <summary>Has the poll thread close the connection from this peer. Any thread.</summary>
    public void Disconnect()
    {
        Volatile.Write(ref _isUnwanted, 1); // pairs with the exchange in TakeUnwanted, after the wake
        _context.Poll.Wake();
    }

    /// <summary>True, once, if the connection from this peer is to be closed.</summary>
    public bool TakeUnwanted() => Interlocked.Exchange(ref _isUnwanted, 0) != 0;

    /// <summary>Forgets a connection that has ended.</summary>
    public void Forget(IncomingConnection connection)
    {
        if (_incoming == connection)
        {
            _incoming = null;
        }
    }
}
