using System;
using System.Threading;
using RaftEngine.Protocol;

namespace RaftEngine.Transport;

/// <summary>
/// One of the other nodes: the connections to it, the connections from it, and who it said it was. The poll thread, except <see cref="Send"/>, <see cref="Sender"/> and
/// <see cref="Control"/>.
/// </summary>
internal sealed class Peer
{
    /// <summary>How often two nodes with one id are told of each other.</summary>
    private static readonly TimeSpan ContestInterval = TimeSpan.FromMinutes(1);

    private readonly TransportContext _context;
    private readonly IncomingConnection?[] _incoming = new IncomingConnection?[2]; // by lane
    private readonly int[] _isUnwanted = new int[2]; // the connection from it, by lane and any thread's word

    private Guid _untold; // the incarnation that is to be told of another one under its id; empty for none
    private long _contestedFrom;

    public Peer(TransportContext context, ulong nodeId)
    {
        _context = context;
        NodeId = nodeId;
        Sender = new PeerSender(context);
        Control = new PeerSender(context);
        Dialer = new PeerDialer(context, this, Sender, Lane.Ordinary);
        ControlDialer = new PeerDialer(context, this, Control, Lane.Control);
    }

    /// <summary>The peer's id.</summary>
    public ulong NodeId { get; }

    /// <summary>The ordinary way to the peer.</summary>
    public PeerSender Sender { get; }

    /// <summary>The way to the peer for control messages, if it has accepted one.</summary>
    public PeerSender Control { get; }

    /// <summary>What connects <see cref="Sender"/>.</summary>
    public PeerDialer Dialer { get; }

    /// <summary>What connects <see cref="Control"/>, while <see cref="Sender"/> is connected.</summary>
    public PeerDialer ControlDialer { get; }

    /// <summary>The incarnation of the peer's data directory, as last seen on any connection; empty before the first.</summary>
    public Guid Incarnation { get; private set; }

    /// <summary>True if the control connection from the peer has ended without a successor.</summary>
    /// <remarks>Bytes that still arrive on the other one may be all that is left of a process that died.</remarks>
    public bool HasLostControl { get; private set; }

    /// <summary>Takes a message. The sending thread.</summary>
    /// <returns>False if it is dropped.</returns>
    public bool Send(in Message message, ReadOnlySpan<byte> body) =>
        (IsControl(message.Kind) && Control.Send(in message, body)) || Sender.Send(in message, body);

    /// <summary>Takes note of the peer's incarnation.</summary>
    public void Observe(Guid incarnation)
    {
        (Guid previous, Incarnation) = (Incarnation, incarnation);
        if (previous != Guid.Empty && previous != incarnation)
        {
            TransportLog.IncarnationChanged(_context.Logger, NodeId, incarnation, previous);
        }
    }

    /// <summary>
    /// True if another data directory is connected under the peer's id: both are to be told, at their next hello, once
    /// in a while. Otherwise the later one is taken to
    /// have replaced the other.
    /// </summary>
    /// <param name="incarnation">The directory that says hello.</param>
    public bool IsContested(Guid incarnation)
    {
        if (incarnation == _untold)
        {
            _untold = Guid.Empty;
            return true;
        }

        if (_incoming[(int)Lane.Ordinary] is not { } other || other.Incarnation == incarnation || PollThread.Now < _contestedFrom)
        {
            return false;
        }

        _contestedFrom = PollThread.Now + (long)ContestInterval.TotalMilliseconds;
        _untold = other.Incarnation;
        other.Close(TransportContext.SameId(NodeId)); // it dials again, and is told
        return true;
    }

    /// <summary>Makes a connection the one from this peer on its lane. The one before it ends first.</summary>
    public void Replace(IncomingConnection connection)
    {
        _incoming[(int)connection.Lane]?.Close("the peer has made a new one.");
        _incoming[(int)connection.Lane] = connection;
        _ = TakeUnwanted(connection.Lane); // that was meant for the one before
        HasLostControl &= connection.Lane != Lane.Control;
    }

    /// <summary>Has the poll thread close the connections from this peer. Any thread.</summary>
    public void Disconnect()
    {
        // Both pair with the exchange in TakeUnwanted, after the wake.
        Volatile.Write(ref _isUnwanted[(int)Lane.Ordinary], 1);
        Volatile.Write(ref _isUnwanted[(int)Lane.Control], 1);
        _context.Poll.Wake();
    }

    /// <summary>True, once, if the connection from this peer on a lane is to be closed.</summary>
    public bool TakeUnwanted(Lane lane) => Interlocked.Exchange(ref _isUnwanted[(int)lane], 0) != 0;

    /// <summary>Forgets a connection that has ended.</summary>
    public void Forget(IncomingConnection connection)
    {
        if (_incoming[(int)connection.Lane] == connection)
        {
            _incoming[(int)connection.Lane] = null;
            HasLostControl |= connection.Lane == Lane.Control;
        }
    }

    // What may overtake entries. Empty append requests may not: they ask about the entries before them. Nor may the answer to a forwarded command: its sender must know the
    // command's index before it gets the entry.
    private static bool IsControl(MessageKind kind) => kind
        is MessageKind.PreVoteRequest or MessageKind.PreVoteResponse or MessageKind.VoteRequest or MessageKind.VoteResponse
        or MessageKind.HeartbeatRequest or MessageKind.HeartbeatResponse or MessageKind.AppendResponse or MessageKind.TimeoutNow
        or MessageKind.ReadIndexRequest or MessageKind.ReadIndexResponse or MessageKind.SnapshotResponse;
}
