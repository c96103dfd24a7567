using System;
using System.Net;
using System.Net.Sockets;
using RaftEngine.Protocol;

namespace RaftEngine.Transport;

/// <summary>
/// A connection that another node has made to this one: hears its hello, then hands on its messages, one after the other. Any fault in what comes in ends the
/// connection with a reason; the peer makes another. The poll thread.
/// </summary>
internal sealed class IncomingConnection : Polled
{
    private const int BusyRetryMilliseconds = 1;
    private const int SignMilliseconds = 10; // A frame under way is told of as often.
    private const int ReceivesAtOnce = 16; // Then other connections have their turn.

    private readonly TransportContext _context;
    private readonly Func<ulong, Peer?> _findPeer;
    private readonly IncomingConnections _registry;
    private readonly EndPoint? _remote;
    private readonly HelloReader _hello = new();

    private readonly IChannel _channel;
    private readonly TlsChannel? _handshaking; // the channel, if it begins with a handshake of TLS
    private readonly long _acceptedAt = PollThread.Now;

    private bool _isSecured; // or in plaintext
    private Peer? _peer; // Who is at the other end, once it is established.
    private ReceiveBuffer _buffer = null!; // Set with _peer: a connection costs no buffer before its hello.
    private FrameScope _scope;
    private bool _isSkipped; // The frame at the front is of a kind that this node does not know.
    private bool _hasHeader; // _message and _bodyBytes are those of the frame at the front of _buffer.
    private Message _message;
    private int _bodyBytes;
    private long _toldAt; // When the receiver was last told of a frame under way.
    private int _unmarkedBytes; // Received since the last mark of progress.
    private string? _closeReason; // Null while it is open.

    public IncomingConnection(TransportContext context, Func<ulong, Peer?> findPeer, IncomingConnections registry, Socket socket)
    {
        _context = context;
        _findPeer = findPeer;
        _registry = registry;
        Socket = socket;
        _remote = socket.RemoteEndPoint;
        _handshaking = context.Tls?.Accept(socket);
        _channel = (IChannel?)_handshaking ?? new SocketChannel(socket);
        _isSecured = _handshaking is null;
    }

    private enum Delivery
    {
        NeedsMore,
        Busy,
        Ended,
    }

    public override Socket Socket { get; }

    /// <summary>What it carries, once its hello has been heard.</summary>
    public Lane Lane { get; private set; }

    /// <summary>Which data directory is at the other end, once its hello has been heard.</summary>
    public Guid Incarnation { get; private set; }

    /// <summary>Begins to wait for the hello.</summary>
    public void Begin()
    {
        _context.Poll.Enter(this);
        _context.Poll.Watch(this, PollEvents.Readable);
        _context.Poll.ScheduleIn(this, _context.Options.HandshakeTimeout.TotalMilliseconds);
    }

    /// <summary>Ends the connection. May be called more than once.</summary>
    public void Close(string reason)
    {
        if (_closeReason is not null)
        {
            return;
        }

        _closeReason = reason;
        _context.Poll.Leave(this);
        _channel.Dispose();
        _peer?.Forget(this);
        _registry.Remove(this);
        TransportLog.IncomingEnded(_context.Logger, _remote, reason);
    }

    public override void OnReady(PollEvents events)
    {
        if (!_isSecured)
        {
            _context.Poll.Unwatch(this);
            _context.Tls!.Thread.Step(_handshaking!);
        }
        else if (_peer is null)
        {
            HearHello();
        }
        else
        {
            Receive(_peer);
        }
    }

    public override void OnDue()
    {
        if (_peer is null)
        {
            Close(_isSecured ? "it said no hello in time." : "the TLS handshake took too long.");
        }
        else if (Interest == PollEvents.None)
        {
            DeliverAll(_peer, received: 0); // the receiver was busy
            if (_channel.MayHoldMore && _closeReason is null)
            {
                _context.Poll.Wake();
            }
        }
        else
        {
            Close("a frame was begun and makes no progress.");
        }
    }

    public override void OnWake()
    {
        if (!_isSecured)
        {
            FollowHandshake();
        }
        else if (_peer is not { } peer)
        {
            return;
        }
        else if (peer.TakeUnwanted(Lane))
        {
            Drop(peer, "what it sends contradicts the protocol.");
        }
        else if (_context.Tls is { } tls && PollThread.Now - _acceptedAt > 1.1 * tls.MaxConnectionAge.TotalMilliseconds)
        {
            Close("it is older than the dialer should have let it become.");
        }
        else if (Interest != PollEvents.None && _channel.MayHoldMore)
        {
            Receive(peer);
        }
    }

    public override void OnFault(Exception exception)
    {
        TransportLog.Unforeseen(_context.Logger, exception, _scope.From);
        Close(exception.Message);
    }

    public override void OnStop() => Close("this node stops.");

    // After a wake, which a step of the handshake ends with.
    private void FollowHandshake()
    {
        if (Interest != PollEvents.None || _handshaking!.IsStepping)
        {
            return; // It has yet to begin, or is still at it.
        }

        if (_handshaking.Failure is { } failure)
        {
            Refuse(failure);
            return;
        }

        _isSecured = _handshaking.IsSecured;
        _context.Poll.Watch(this, _isSecured ? PollEvents.Readable : _handshaking.Interest);
        if (_isSecured)
        {
            HearHello();
        }
    }

    private void HearHello()
    {
        Hello hello;
        do
        {
            if (!TryReceive(_hello.Free, out int received))
            {
                return;
            }

            if (_hello.Add(received, out hello))
            {
                break;
            }
        }
        while (true);

        if (hello == default || hello.Outcome != HelloOutcome.Dialing)
        {
            Refuse(_hello.IsTls
                ? $"it speaks TLS, and this node plaintext: give both {nameof(TcpTransportOptions)}.{nameof(TcpTransportOptions.Tls)}."
                : "what it says first is not a dialer's hello of this protocol.");
            return;
        }

        HelloOutcome outcome = Judge(in hello, out Peer? peer);
        if (outcome != HelloOutcome.Accepted)
        {
            bool takesHandshake = hello.Identity.Handshake is not null;
            TcpSockets.TrySendHello(
                _channel, _context.Hello(outcome, hello.Identity.NodeId, hello.Lane, VersionFor(in hello), takesHandshake));
            Refuse(outcome switch
            {
                HelloOutcome.OtherVersion => _context.OtherVersion(hello.Version),
                HelloOutcome.OtherCertificate => _context.Tls!.Mismatch(_handshaking!.PeerCertificate, hello.Identity.NodeId)!,
                HelloOutcome.OtherVoters => _context.OtherVoters(hello.Identity.Handshake),
                HelloOutcome.SameId => TransportContext.SameId(hello.Identity.NodeId),
                _ => $"{outcome}; it is {hello.Identity}, protocol version {hello.Version}, and wanted node {hello.AddressedId}.",
            });
            return;
        }

        if (hello.Lane == Lane.Control && !_registry.HasRoomForControl)
        {
            Close($"{nameof(TcpTransportOptions.MaxIncomingConnections)} leaves no room for a second connection of node {peer!.NodeId}.");
            return;
        }

        Lane = hello.Lane;
        Incarnation = hello.Identity.Incarnation;
        Establish(peer!, in hello);
    }

    private void Establish(Peer peer, in Hello hello)
    {
        _peer = peer;
        _buffer = new ReceiveBuffer();
        _scope = new FrameScope(_context.Identity.ClusterId, _context.Identity.GroupId, peer.NodeId, _context.Identity.NodeId, _context.Options.MaxFrameBytes)
        {
            MaxAgreedBytes = EntryBounds.LargestBodyBytes,
            Version = hello.Version,
        };
        _registry.Establish(this);
        RestProgress();
        peer.Replace(this);
        peer.Observe(hello.Identity.Incarnation);
        Hello answer = _context.Hello(HelloOutcome.Accepted, peer.NodeId, Lane, hello.Version, hello.Identity.Handshake is not null);
        if (!TcpSockets.TrySendHello(_channel, in answer))
        {
            Close("it does not take the answer to its hello.");
            return;
        }

        if (Lane == Lane.Ordinary)
        {
            TransportLog.PeerConnected(_context.Logger, peer.NodeId, _remote);
            peer.Dialer.DialSoon();
        }

        if (_channel.MayHoldMore)
        {
            _context.Poll.Wake();
        }
    }

    // A dialer that knows the version of the answer tries again with that.
    private ushort VersionFor(in Hello hello) => _context.Speaks(hello.Version) ? hello.Version : _context.Options.NewestVersion;

    private HelloOutcome Judge(in Hello hello, out Peer? peer)
    {
        peer = null;
        RaftIdentity self = _context.Identity;
        if (!_context.Speaks(hello.Version))
        {
            return HelloOutcome.OtherVersion;
        }

        if (hello.Identity.ClusterId != self.ClusterId)
        {
            return HelloOutcome.OtherCluster;
        }

        if (hello.Identity.GroupId != self.GroupId)
        {
            return HelloOutcome.OtherGroup;
        }

        if (_context.Tls?.Mismatch(_handshaking!.PeerCertificate, hello.Identity.NodeId) is not null)
        {
            return HelloOutcome.OtherCertificate;
        }

        if (hello.Identity.NodeId == self.NodeId && hello.Identity.Incarnation != self.Incarnation)
        {
            return HelloOutcome.SameId;
        }

        if (hello.AddressedId != self.NodeId)
        {
            return HelloOutcome.OtherNode;
        }

        peer = _findPeer(hello.Identity.NodeId);
        if (peer is null)
        {
            return HelloOutcome.UnknownNode;
        }

        if (hello.Identity.Handshake is { } handshake && !_context.Receiver.Meet(peer.NodeId, handshake))
        {
            return HelloOutcome.OtherVoters;
        }

        return hello.Lane == Lane.Ordinary && peer.IsContested(hello.Identity.Incarnation) ? HelloOutcome.SameId : HelloOutcome.Accepted;
    }

    private void Receive(Peer peer)
    {
        int left = ReceivesAtOnce;
        do
        {
            if (!TryReceive(_buffer.Free, out int received))
            {
                return;
            }

            _buffer.Add(received);
            DeliverAll(peer, received);
            if (_closeReason is not null || Interest == PollEvents.None || !_channel.MayHoldMore)
            {
                return;
            }
        }
        while (--left > 0);
        _context.Poll.Wake(); // The socket need not become readable for what is left.
    }

    // False if there is nothing, or the connection has ended.
    private bool TryReceive(Span<byte> destination, out int received)
    {
        received = _channel.Receive(destination, out SocketError error);
        if (error == SocketError.WouldBlock)
        {
            return false;
        }

        if (error != SocketError.Success || received == 0)
        {
            Close(error == SocketError.Success ? "the peer closed it." : _channel.Describe(error));
            return false;
        }

        return true;
    }

    private void DeliverAll(Peer peer, int received)
    {
        switch (Deliver(peer))
        {
            case Delivery.Busy:
                // The peer is not to blame for this wait; nothing is read meanwhile, so it feels it by the window of its connection.
                RestProgress();
                _context.Poll.Unwatch(this);
                _context.Poll.ScheduleIn(this, BusyRetryMilliseconds);
                break;
            case Delivery.NeedsMore:
                StampProgress(received);
                _context.Poll.Watch(this, PollEvents.Readable);
                TellOfFrameUnderWay(peer);
                break;
        }
    }

    // What arrives of a large frame shows that its sender is alive, long before all of it is there.
    private void TellOfFrameUnderWay(Peer peer)
    {
        if (_hasHeader && !_isSkipped && !peer.HasLostControl && PollThread.Now - _toldAt >= SignMilliseconds)
        {
            _toldAt = PollThread.Now;
            _context.Receiver.ReportArriving(in _message);
            _context.Poll.NoteReceived();
        }
    }

    /// <summary>Hands on every complete frame that is there.</summary>
    private Delivery Deliver(Peer peer)
    {
        while (_closeReason is null)
        {
            if (!_hasHeader && !TryReadHeader(peer, out Delivery delivery))
            {
                return delivery;
            }

            int frameBytes = FrameFormat.HeaderBytes + _bodyBytes;
            if (_buffer.Length < frameBytes)
            {
                _buffer.MakeRoom(Math.Min(frameBytes, Math.Max(2 * _buffer.Length, ReceiveBuffer.RetainedBytes))); // as it comes in, not as the header says
                return Delivery.NeedsMore;
            }

            ReceiveResult result = _isSkipped
                ? ReceiveResult.Accepted
                : _context.Receiver.Receive(in _message, _buffer.Data.Slice(FrameFormat.HeaderBytes, _bodyBytes));
            _context.Poll.NoteReceived();
            if (result != ReceiveResult.Accepted)
            {
                return NotAccepted(peer, result);
            }

            _buffer.Consume(frameBytes);
            _hasHeader = false;
            _unmarkedBytes = TransportContext.ProgressBytes; // A whole frame is progress.
        }

        return Delivery.Ended;
    }

    private bool TryReadHeader(Peer peer, out Delivery delivery)
    {
        if (_buffer.Length < FrameFormat.HeaderBytes)
        {
            _buffer.MakeRoom(FrameFormat.HeaderBytes);
            delivery = Delivery.NeedsMore;
            return false;
        }

        delivery = Delivery.Ended;
        FrameRefusal refusal = FrameFormat.TryRead(_buffer.Data, in _scope, out _message, out _bodyBytes);
        _isSkipped = refusal == FrameRefusal.Skipped;
        _hasHeader = _isSkipped || refusal == FrameRefusal.None;
        if (!_hasHeader)
        {
            Drop(peer, $"a frame is refused for its {refusal}.");
        }

        return _hasHeader;
    }

    private Delivery NotAccepted(Peer peer, ReceiveResult result)
    {
        switch (result)
        {
            case ReceiveResult.Busy:
                return Delivery.Busy;
            case ReceiveResult.Stopped:
                Close("this node has stopped.");
                return Delivery.Ended;
            default:
                Drop(peer, $"its {_message.Kind} with a body of {_bodyBytes} bytes is {result}.");
                return Delivery.Ended;
        }
    }

    private void StampProgress(int received)
    {
        if (_buffer.Length == 0)
        {
            RestProgress();
            return;
        }

        // A byte now and then is no progress: a frame's next piece, or its rest, has one timeout to come in.
        _unmarkedBytes = Math.Min(_unmarkedBytes + received, TransportContext.ProgressBytes);
        if (_unmarkedBytes == TransportContext.ProgressBytes || Due == long.MaxValue)
        {
            _unmarkedBytes = 0;
            _context.Poll.ScheduleIn(this, _context.Options.ProgressTimeout.TotalMilliseconds);
        }
    }

    private void RestProgress()
    {
        _unmarkedBytes = 0;
        Due = long.MaxValue;
    }

    private void Refuse(string reason)
    {
        TransportLog.IncomingRefused(_context.Logger, _remote, reason);
        Close(reason);
    }

    private void Drop(Peer peer, string reason)
    {
        TransportLog.IncomingDropped(_context.Logger, peer.NodeId, reason);
        Close(reason);
    }
}
