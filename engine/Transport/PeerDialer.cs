using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;

namespace RaftEngine.Transport;

/// <summary>
/// Dials one peer, says hello, gives the connection to the <see cref="PeerSender"/>, and dials again whenever it ends. The control connection is dialed while the ordinary one
/// is up; a peer that does not accept it gets everything by the other. The poll thread.
/// </summary>
#pragma warning disable CA1001 // OnStop, the last call, disposes of the channel.
internal sealed class PeerDialer : Polled
#pragma warning restore CA1001
{
    /// <summary>When a peer that has refused the control connection is asked again, unless the ordinary one is made anew before.</summary>
    private static readonly TimeSpan RefusedDelay = TimeSpan.FromSeconds(30);

    private readonly TransportContext _context;
    private readonly Peer _peer;
    private readonly PeerSender _sender;
    private readonly Lane _lane;
    private readonly HelloReader _answer = new();
    private State _state = State.New;
    private Socket? _socket; // From Connecting on.
    private IChannel? _channel; // From Securing on.
    private NameResolution? _resolution;
    private IPEndPoint[] _endPoints = []; // Of this attempt.
    private int _tried; // How many of them.
    private int _first; // Where to begin: behind one that did not answer in time.
    private long _dialedAt;
    private long _renewAt = long.MaxValue; // when the connection is old enough
    private TimeSpan _delay;
    private string? _lastRefusal;
    private ushort _version; // that is offered: the newest, or one that the peer has answered with

    public PeerDialer(TransportContext context, Peer peer, PeerSender sender, Lane lane)
    {
        _context = context;
        _peer = peer;
        _sender = sender;
        _lane = lane;
        _delay = context.Options.ReconnectDelayMin;
        _version = context.Options.NewestVersion;
    }

    private enum State
    {
        New,
        Resting,
        Resolving,
        Connecting,
        Securing,
        Greeting,
        Connected,
    }

    public override Socket Socket => _socket!;

    /// <summary>Dials now, if it is not at it already.</summary>
    public void Hurry()
    {
        if (_state is State.New or State.Resting)
        {
            Dial();
        }
    }

    /// <summary>Dials as soon as it may: the peer has just connected to this node, so it is up, however often it has not answered before.</summary>
    public void DialSoon()
    {
        if (_state is State.Connecting)
        {
            Close(); // The system repeats what was lost after seconds only.
            _state = State.Resting;
        }

        if (_state is State.Resting)
        {
            // Not more often than the shortest delay allows: a peer that connects again and again must not make this node do the same.
            _context.Poll.ScheduleIn(this, Math.Max(0, _dialedAt + _context.Options.ReconnectDelayMin.TotalMilliseconds - PollThread.Now));
        }
    }

    public override void OnWake()
    {
        switch (_state)
        {
            case State.New:
                Dial();
                break;
            case State.Resolving when _resolution!.IsCompleted:
                UseResolution();
                break;
            case State.Securing:
                FollowHandshake((TlsChannel)_channel!);
                break;
            case State.Connected when PollThread.Now >= _renewAt:
                Lose($"it is as old as {nameof(TlsOptions.MaxConnectionAge)} allows, and made anew.");
                break;
            case State.Connected:
                FollowSender();
                break;
        }
    }

    public override void OnReady(PollEvents events)
    {
        switch (_state)
        {
            case State.Connecting:
                EndConnect();
                break;
            case State.Securing:
                Step((TlsChannel)_channel!);
                break;
            case State.Greeting:
                HearAnswer();
                break;
            case State.Connected:
                if ((events & PollEvents.Readable) != 0 && HasEnded(out string reason))
                {
                    Lose(reason);
                }
                else if ((events & PollEvents.Writable) != 0)
                {
                    _sender.Continue();
                    FollowSender();
                }

                break;
        }
    }

    public override void OnDue()
    {
        switch (_state)
        {
            case State.Resting:
                Dial();
                break;
            case State.Connected:
                CheckProgress();
                break;
            default:
                _first += _state == State.Connecting ? _tried : 0;
                GiveUp($"no {Awaited(_state)} in time.");
                break;
        }
    }

    public override void OnFault(Exception exception)
    {
        TransportLog.Unforeseen(_context.Logger, exception, _peer.NodeId);
        Close();
        Rest();
    }

    public override void OnStop()
    {
        Close();
        _context.Poll.Leave(this);
    }

    private void Dial()
    {
        if (_lane == Lane.Control && _peer.Dialer._state != State.Connected)
        {
            _state = State.New; // The ordinary connection hurries this one on once it is up.
            Due = long.MaxValue;
            return;
        }

        if (!_sender.IsDetached)
        {
            // A thread is still about to notice that its connection is gone.
            _state = State.Resting;
            _context.Poll.ScheduleIn(this, 1);
            return;
        }

        _dialedAt = PollThread.Now;
        _state = State.Resolving;
        _context.Poll.ScheduleIn(this, _context.Options.ConnectTimeout.TotalMilliseconds);
        switch (_context.Options.Peers.GetValueOrDefault(_peer.NodeId))
        {
            case IPEndPoint endPoint:
                Connect([endPoint]);
                break;
            case DnsEndPoint endPoint:
                Resolve(endPoint);
                break;
            default:
                GiveUp($"{nameof(TcpTransportOptions)}.{nameof(TcpTransportOptions.Peers)} has no address of it.");
                break;
        }
    }

    private void Resolve(DnsEndPoint endPoint)
    {
        // One that is still under way from an attempt before is waited for: a name server that hangs costs one thread.
        if (!endPoint.Equals(_resolution?.EndPoint))
        {
            _resolution = NameResolution.Start(endPoint, _context.Poll.Wake);
        }
        else if (_resolution.IsCompleted)
        {
            UseResolution();
        }
    }

    private void UseResolution()
    {
        NameResolution resolution = _resolution!;
        _resolution = null;
        if (resolution.EndPoints.Length == 0)
        {
            GiveUp(resolution.Failure);
            return;
        }

        Connect(resolution.EndPoints);
    }

    private void Connect(IPEndPoint[] endPoints)
    {
        _endPoints = endPoints;
        _tried = 0;
        ConnectNext();
    }

    private void ConnectNext()
    {
        string? failure = null;
        while (_tried < _endPoints.Length)
        {
            try
            {
                _socket = TcpSockets.BeginConnect(_endPoints[(int)((uint)(_first + _tried++) % (uint)_endPoints.Length)], _context.Options);
                _state = State.Connecting;
                _context.Poll.Watch(this, PollEvents.Writable);
                return;
            }
            catch (SocketException exception)
            {
                failure = exception.Message;
            }
        }

        GiveUp(failure!);
    }

    private void EndConnect()
    {
        string? failure = TcpSockets.EndConnect(_socket!);
        if (failure is null)
        {
            _context.Poll.ScheduleIn(this, _context.Options.HandshakeTimeout.TotalMilliseconds);
            if (_context.Tls?.Dial(_socket!) is { } channel)
            {
                _channel = channel;
                _state = State.Securing;
                Step(channel);
            }
            else
            {
                _channel = new SocketChannel(_socket!);
                Greet();
            }
        }
        else if (_tried < _endPoints.Length)
        {
            Close();
            ConnectNext();
        }
        else
        {
            GiveUp(failure);
        }
    }

    private void Step(TlsChannel channel)
    {
        _context.Poll.Unwatch(this);
        _context.Tls!.Thread.Step(channel);
    }

    // After a wake, which a step of the handshake ends with.
    private void FollowHandshake(TlsChannel channel)
    {
        if (Interest != PollEvents.None || channel.IsStepping)
        {
            return;
        }

        if (channel.Failure is { } failure)
        {
            Refused(failure);
        }
        else if (!channel.IsSecured)
        {
            _context.Poll.Watch(this, channel.Interest);
        }
        else if (_context.Tls!.Mismatch(channel.PeerCertificate, _peer.NodeId) is { } mismatch)
        {
            Refused(mismatch);
        }
        else
        {
            Greet();
        }
    }

    private void Greet()
    {
        _state = State.Greeting;
        _answer.Reset();
        _context.Poll.Watch(this, PollEvents.Readable);
        Hello hello = _context.Hello(HelloOutcome.Dialing, _peer.NodeId, _lane, _version);
        TcpSockets.TrySendHello(_channel!, in hello); // If it fails, so does the read of the answer.
    }

    private void HearAnswer()
    {
        while (_state == State.Greeting && TryHear())
        {
            // The answer comes in pieces.
        }
    }

    // False if there is nothing yet.
    private bool TryHear()
    {
        int received = _channel!.Receive(_answer.Free, out SocketError error);
        if (error == SocketError.WouldBlock)
        {
            return false;
        }

        if (error != SocketError.Success || received == 0)
        {
            bool isClosed = error == SocketError.Success;
            GiveUp(isClosed ? "The other end closed the connection during the handshake." : _channel.Describe(error), isRefused: true);
        }
        else if (_answer.Add(received, out Hello answer))
        {
            TakeAnswer(in answer);
        }

        return true;
    }

    private void TakeAnswer(in Hello answer)
    {
        if (answer.Outcome == HelloOutcome.OtherVersion && answer.Version < _version && _context.Speaks(answer.Version))
        {
            _version = answer.Version; // An older release: the next attempt offers what that speaks.
            Close();
            _state = State.Resting;
            _context.Poll.ScheduleIn(this, _context.Options.ReconnectDelayMin.TotalMilliseconds);
            return;
        }

        string? refusal = Judge(in answer);
        if (refusal is null)
        {
            _lastRefusal = null;
            _peer.Observe(answer.Identity.Incarnation);
            Use();
            return;
        }

        Refused(refusal);
    }

    private void Refused(string refusal)
    {
        if (refusal != _lastRefusal && _lane == Lane.Ordinary)
        {
            // Said once, not at every attempt.
            _lastRefusal = refusal;
            TransportLog.RefusedByPeer(_context.Logger, _peer.NodeId, refusal);
        }

        GiveUp(refusal, isRefused: true);
    }

    private string? Judge(in Hello answer)
    {
        if (answer == default || answer.Outcome == HelloOutcome.Dialing)
        {
            return "its answer is not a hello of this protocol.";
        }

        RaftHandshake? handshake = answer.Identity.Handshake;
        if (answer.Outcome == HelloOutcome.OtherVoters)
        {
            return _context.OtherVoters(handshake);
        }

        if (answer.Outcome == HelloOutcome.SameId)
        {
            return TransportContext.SameId(_context.Identity.NodeId);
        }

        if (answer.Outcome == HelloOutcome.UnknownNode)
        {
            return $"it has no address of node {_context.Identity.NodeId}. Correct this node's id, or add it to that node's "
                + $"{nameof(TcpTransportOptions.Peers)}.";
        }

        if (answer.Outcome == HelloOutcome.OtherVersion)
        {
            return _context.OtherVersion(answer.Version);
        }

        if (answer.Outcome == HelloOutcome.OtherCertificate)
        {
            return $"it says that this node's certificate is not that of node {_context.Identity.NodeId} of cluster "
                + $"{_context.Identity.ClusterId}.";
        }

        if (answer.Outcome != HelloOutcome.Accepted)
        {
            return $"{answer.Outcome}; it is node {answer.Identity.NodeId}, group {answer.Identity.GroupId}, "
                + $"cluster {answer.Identity.ClusterId}, protocol version {answer.Version}.";
        }

        RaftIdentity expected = _context.Identity with { NodeId = _peer.NodeId, Incarnation = answer.Identity.Incarnation, Handshake = handshake };
        bool isExpected = answer.Identity == expected && answer.Version == _version && answer.AddressedId == _context.Identity.NodeId
            && answer.Lane == _lane;
        if (!isExpected)
        {
            return $"it accepted, but it is {answer.Identity}, protocol version {answer.Version}, speaking to node {answer.AddressedId} on the {answer.Lane} lane.";
        }

        return handshake is null || _context.Receiver.Meet(_peer.NodeId, handshake)
            ? null
            : _context.OtherVoters(handshake);
    }

    // Lets messages go over the connection. The receiver is told of its begin and of its end: what was sent before is lost, and must be asked for anew.
    private void Use()
    {
        _state = State.Connected;
        Due = long.MaxValue;
        _sender.Attach(_channel!, _version);
        if (_context.Tls is { } tls)
        {
            // Not all at once.
            _renewAt = PollThread.Now + (long)(tls.MaxConnectionAge.TotalMilliseconds * (1 - (Random.Shared.NextDouble() / 10)));
        }

        if (_lane == Lane.Control)
        {
            // What it carries is sent again by itself: its begin and its end must not disturb the entries that are on their way.
            TransportLog.ControlConnection(_context.Logger, _peer.NodeId, "is up.");
            return;
        }

        TransportLog.Connected(_context.Logger, _peer.NodeId, _socket!.RemoteEndPoint);
        _context.Receiver.ReportUnreachable(_peer.NodeId);
        _peer.ControlDialer.Hurry();
    }

    // Nothing comes back on a connection after the hello: it becomes readable only when it ends.
    private bool HasEnded(out string reason)
    {
        Span<byte> one = stackalloc byte[1];
        int received = _channel!.Receive(one, out SocketError error);
        reason = error != SocketError.Success ? _channel.Describe(error)
            : received == 0 ? "the peer closed it."
            : "the peer sent something, where nothing is expected.";
        return error != SocketError.WouldBlock;
    }

    // The sender may have become blocked, or have found the connection broken, on any thread.
    private void FollowSender()
    {
        if (_sender.IsBlocked)
        {
            _context.Poll.Watch(this, PollEvents.Readable | PollEvents.Writable);
            _context.Poll.ScheduleIn(this, Math.Max(0, _context.Options.ProgressTimeout.TotalMilliseconds - _sender.StalledMilliseconds));
        }
        else if (_sender.IsDetached)
        {
            Lose("sending failed.");
        }
        else
        {
            _context.Poll.Watch(this, PollEvents.Readable);
            Due = long.MaxValue;
        }
    }

    private void CheckProgress()
    {
        long timeoutMilliseconds = (long)_context.Options.ProgressTimeout.TotalMilliseconds;
        if (_sender.IsBlocked && _sender.StalledMilliseconds >= timeoutMilliseconds)
        {
            TransportLog.SendStalled(_context.Logger, _peer.NodeId, timeoutMilliseconds, _sender.PendingBytes);
            Lose("it makes no progress.");
        }
        else
        {
            FollowSender();
        }
    }

    private static string Awaited(State state) => state switch
    {
        State.Securing => "end of the TLS handshake",
        State.Greeting => "answer to the hello",
        _ => "connection",
    };

    private void GiveUp(string reason, bool isRefused = false)
    {
        TransportLog.ConnectFailed(_context.Logger, _peer.NodeId, reason);
        _version = isRefused ? _context.Options.NewestVersion : _version;
        Close();
        Rest();
        if (isRefused && _lane == Lane.Control)
        {
            _context.Poll.ScheduleIn(this, RefusedDelay.TotalMilliseconds);
        }
    }

    private void Lose(string reason)
    {
        // A connection that held out starts the delays anew; one that broke at once is as good as none.
        bool heldOut = PollThread.Now - _dialedAt >= _context.Options.ReconnectDelayMax.TotalMilliseconds;
        _delay = heldOut ? _context.Options.ReconnectDelayMin : _delay;
        _version = _context.Options.NewestVersion; // The peer may have been upgraded.
        Close();
        Rest();
        if (_lane == Lane.Control)
        {
            TransportLog.ControlConnection(_context.Logger, _peer.NodeId, $"is lost: {reason}");
            return;
        }

        TransportLog.ConnectionLost(_context.Logger, _peer.NodeId, reason);
        _context.Receiver.ReportUnreachable(_peer.NodeId);
    }

    private void Close()
    {
        _sender.Detach();
        if (_socket is not null)
        {
            _context.Poll.Unwatch(this);
            _channel?.Dispose();
            _socket.Dispose();
            (_socket, _channel) = (null, null);
        }
    }

    private void Rest()
    {
        _state = State.Resting;
        _context.Poll.ScheduleIn(this, _delay.TotalMilliseconds * (1 - (Random.Shared.NextDouble() / 2)));
        _delay = _delay * 2 < _context.Options.ReconnectDelayMax ? _delay * 2 : _context.Options.ReconnectDelayMax;
    }
}
