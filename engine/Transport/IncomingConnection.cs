using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;

namespace RaftEngine.Transport;

/// <summary>
/// A connection that another node has made to this one: hears its hello, then hands on its messages, one after the other. Any fault in what comes in ends the
/// connection with a reason; the peer makes another.
/// </summary>
internal sealed class IncomingConnection
{
    private static readonly TimeSpan BusyRetry = TimeSpan.FromMilliseconds(1);

    private readonly TransportContext _context;
    private readonly Func<ulong, Peer?> _findPeer;
    private readonly IncomingConnections _registry;
    private readonly Socket _socket;
    private readonly EndPoint? _remote;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The loop.
    private Peer? _peer; // Who is at the other end, once it is established.
    private ReceiveBuffer _buffer = null!; // Set with _peer: whoever has not said hello costs no buffer.
    private FrameScope _scope;
    private bool _hasHeader; // _message and _bodyBytes are those of the frame at the front of _buffer.
    private Message _message;
    private int _bodyBytes;
    private int _unmarkedBytes; // Received since the last mark of progress.
    private PeriodicTimer? _busyTimer;

    // When the frame under way last made progress, in Environment.TickCount64; 0: none is. Written by the loop, read by the watchdog.
    private long _progressMilliseconds;

    // Why the connection is closed; null while it is open. Set once, by any thread.
    private string? _closeReason;

    public IncomingConnection(TransportContext context, Func<ulong, Peer?> findPeer, IncomingConnections registry, Socket socket)
    {
        _context = context;
        _findPeer = findPeer;
        _registry = registry;
        _socket = socket;
        _remote = socket.RemoteEndPoint;
    }

    private enum Delivery
    {
        NeedsMore,
        Busy,
        Ended,
    }

    /// <summary>Ends when the connection has: nothing more comes from it.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Ends the connection. Any thread, more than once.</summary>
    public void Close(string reason)
    {
        if (Interlocked.CompareExchange(ref _closeReason, reason, null) is null)
        {
            _socket.Dispose();
        }
    }

    /// <summary>True if a frame was begun and has made no progress for too long. The watchdog.</summary>
    public bool IsStalled(long nowMilliseconds)
    {
        long progress = Volatile.Read(ref _progressMilliseconds); // Pairs with the writes in StampProgress and RestProgress; nothing else depends on it.
        return progress != 0 && nowMilliseconds - progress >= _context.Options.ProgressTimeout.TotalMilliseconds;
    }

    /// <summary>Serves the connection to its end. Never throws.</summary>
    public async Task RunAsync()
    {
        try
        {
            if (await HearHelloAsync().ConfigureAwait(false))
            {
                TransportLog.PeerConnected(_context.Logger, _peer!.NodeId, _remote);
                await ReceiveAsync(_peer).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            Close(exception.Message);
        }
        catch (Exception exception)
        {
            // A receiver that throws, say: one connection's trouble is not the others'.
            TransportLog.Unforeseen(_context.Logger, exception, _scope.From);
        }
        finally
        {
            Close("the peer closed it.");
            _busyTimer?.Dispose();
            _peer?.Forget(this);
            _registry.Remove(this, established: _peer is not null);
            TransportLog.IncomingEnded(_context.Logger, _remote, _closeReason!);
            _ended.TrySetResult();
        }
    }

    private async Task<bool> HearHelloAsync()
    {
        using CancellationTokenSource deadline = new(_context.Options.HandshakeTimeout);
        byte[] bytes = new byte[HelloFormat.Bytes];
        await TcpSockets.ReceiveAllAsync(_socket, bytes, deadline.Token).ConfigureAwait(false);
        if (!HelloFormat.TryRead(bytes, out Hello hello) || hello.Outcome != HelloOutcome.Dialing)
        {
            Refuse("what it says first is not a dialer's hello of this protocol.");
            return false;
        }

        HelloOutcome outcome = Judge(in hello, out Peer? peer);
        if (outcome != HelloOutcome.Accepted)
        {
            await AnswerAsync(outcome, hello.Identity.NodeId, deadline.Token).ConfigureAwait(false);
            Refuse($"{outcome}; it is {hello.Identity}, protocol version {hello.Version}, and wanted node {hello.AddressedId}.");
            return false;
        }

        if (!_registry.TryEstablish(this))
        {
            return false;
        }

        _peer = peer!;
        _buffer = new ReceiveBuffer();
        await SupersedeAsync(_peer).ConfigureAwait(false);
        _peer.Observe(hello.Identity.Incarnation);
        _scope = new FrameScope(_context.Identity.ClusterId, _context.Identity.GroupId, _peer.NodeId, _context.Identity.NodeId, _context.Options.MaxFrameBytes);
        await AnswerAsync(HelloOutcome.Accepted, _peer.NodeId, deadline.Token).ConfigureAwait(false);
        return true;
    }

    /// <summary>Becomes the connection from a peer. The one before is read to its end first: a receiver sees one thread at a time for each peer.</summary>
    private async Task SupersedeAsync(Peer peer)
    {
        IncomingConnection? previous = peer.Replace(this);
        if (previous is not null)
        {
            previous.Close("the peer has made a new one.");
            await previous.Ended.ConfigureAwait(false);
        }
    }

    private HelloOutcome Judge(in Hello hello, out Peer? peer)
    {
        peer = null;
        RaftIdentity self = _context.Identity;
        if (hello.Version != FrameFormat.Version)
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

        if (hello.AddressedId != self.NodeId)
        {
            return HelloOutcome.OtherNode;
        }

        peer = _findPeer(hello.Identity.NodeId);
        return peer is not null ? HelloOutcome.Accepted : HelloOutcome.UnknownNode;
    }

    private async Task AnswerAsync(HelloOutcome outcome, ulong nodeId, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[HelloFormat.Bytes];
        HelloFormat.Write(bytes, _context.Hello(outcome, nodeId));
        await TcpSockets.SendAllAsync(_socket, bytes, cancellationToken).ConfigureAwait(false);
    }

    private async Task ReceiveAsync(Peer peer)
    {
        while (true)
        {
            int received = await _socket.ReceiveAsync(_buffer.Free, CancellationToken.None).ConfigureAwait(false);
            if (received == 0)
            {
                return;
            }

            _buffer.Add(received);
            Delivery delivery = DeliverAndFlush(peer);
            while (delivery == Delivery.Busy)
            {
                await WaitWhileBusyAsync().ConfigureAwait(false);
                delivery = DeliverAndFlush(peer);
            }

            if (delivery == Delivery.Ended)
            {
                return;
            }

            StampProgress(received);
        }
    }

    private Delivery DeliverAndFlush(Peer peer)
    {
        Delivery delivery = Deliver(peer);
        _context.Receiver.Flush();
        return delivery;
    }

    /// <summary>Hands on every complete frame that is there.</summary>
    private Delivery Deliver(Peer peer)
    {
        // Pairs with the exchange in Close: a connection that was superseded hands on nothing more.
        while (Volatile.Read(ref _closeReason) is null)
        {
            if (!_hasHeader && !TryReadHeader(peer, out Delivery delivery))
            {
                return delivery;
            }

            int frameBytes = FrameFormat.HeaderBytes + _bodyBytes;
            if (_buffer.Length < frameBytes)
            {
                _buffer.MakeRoom(frameBytes);
                return Delivery.NeedsMore;
            }

            ReceiveResult result = _context.Receiver.Receive(in _message, _buffer.Data.Slice(FrameFormat.HeaderBytes, _bodyBytes));
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
        _hasHeader = refusal == FrameRefusal.None;
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

    private async ValueTask WaitWhileBusyAsync()
    {
        // The peer is not to blame for this wait; nothing is read meanwhile, so it feels it by the window of its connection.
        RestProgress();
        _busyTimer ??= new PeriodicTimer(BusyRetry);
        _busyTimer.Period = BusyRetry;
        await _busyTimer.WaitForNextTickAsync().ConfigureAwait(false);
        _busyTimer.Period = Timeout.InfiniteTimeSpan;
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
        if (_unmarkedBytes == TransportContext.ProgressBytes || _progressMilliseconds == 0)
        {
            _unmarkedBytes = 0;
            Volatile.Write(ref _progressMilliseconds, Environment.TickCount64); // Pairs with CheckProgress.
        }
    }

    private void RestProgress()
    {
        _unmarkedBytes = 0;
        Volatile.Write(ref _progressMilliseconds, 0); // Pairs with CheckProgress.
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
