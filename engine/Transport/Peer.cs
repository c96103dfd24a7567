using System;
using System.Threading;

namespace RaftEngine.Transport;

/// <summary>One of the other nodes: the connection to it, the connection from it, and who it said it was.</summary>
internal sealed class Peer
{
    private readonly TransportContext _context;
    private readonly Lock _gate = new();
    private IncomingConnection? _incoming;
    private Guid _incarnation;

    public Peer(TransportContext context, ulong nodeId)
    {
        _context = context;
        NodeId = nodeId;
        Sender = new PeerSender(context, this);
    }

    /// <summary>The peer's id.</summary>
    public ulong NodeId { get; }

    /// <summary>The way to the peer.</summary>
    public PeerSender Sender { get; }

    /// <summary>The incarnation of the peer's data directory, as last seen on either connection; empty before the first.</summary>
    public Guid Incarnation
    {
        get
        {
            lock (_gate)
            {
                return _incarnation;
            }
        }
    }

    /// <summary>Takes note of the peer's incarnation.</summary>
    public void Observe(Guid incarnation)
    {
        Guid previous;
        lock (_gate)
        {
            (previous, _incarnation) = (_incarnation, incarnation);
        }

        if (previous != Guid.Empty && previous != incarnation)
        {
            TransportLog.IncarnationChanged(_context.Logger, NodeId, incarnation, previous);
        }
    }

    /// <summary>Makes a connection the one from this peer.</summary>
    /// <returns>The one before it, which the caller closes and sees to its end before it reads from the new one.</returns>
    public IncomingConnection? Replace(IncomingConnection connection)
    {
        lock (_gate)
        {
            IncomingConnection? previous = _incoming;
            _incoming = connection;
            return previous;
        }
    }

    /// <summary>Forgets a connection that has ended.</summary>
    public void Forget(IncomingConnection connection)
    {
        lock (_gate)
        {
            if (_incoming == connection)
            {
                _incoming = null;
            }
        }
    }
}
