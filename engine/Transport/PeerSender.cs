using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;

namespace RaftEngine.Transport;

/// <summary>
/// The way to one peer: dials it, says hello, keeps the connection up, and sends. Frames gather in one buffer while the other is on the wire. Whoever starts or
/// finishes a send (the sending thread in <see cref="Flush"/>, or the pool thread on which the send completed) goes on sending until nothing has gathered; there is no
/// thread of its own to wake.
/// </summary>
internal sealed class PeerSender : IDisposable
{
    private readonly TransportContext _context;
    private readonly Peer _peer;
    private readonly SocketAsyncEventArgs _sendArguments = new(true); // Completions need no ambient state of whoever sends.
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly FrameQueue _queue;
    private Socket? _socket; // Not null: connected, and Send takes messages.
    private bool _sendUnderWay; // If so, _queue.Taken, _sendingSocket and _sentBytes belong to the thread that the send is with.
    private TaskCompletionSource? _sendEnded; // Somebody waits for the send under way to end.

    // The thread that the send is with.
    private Socket? _sendingSocket;
    private int _sentBytes;

    // Written by the thread that the send is with, read by the watchdog: a stamp of Environment.TickCount64, so a stale value costs one round of the watchdog.
    private long _progressMilliseconds;

    // The sending thread.
    private bool _hasUnflushed;

    // The connecting loop.
    private string? _lastRefusal;

    public PeerSender(TransportContext context, Peer peer)
    {
        _context = context;
        _peer = peer;
        _queue = new FrameQueue(context.Identity, context.Options.MaxPendingBytes);
        _sendArguments.Completed += (_, _) => OnSendCompleted();
    }

    /// <summary>Bytes taken from <see cref="Send"/> and not yet given to the operating system, to within the send under way.</summary>
    public int PendingBytes
    {
        get
        {
            lock (_gate)
            {
                return _queue.PendingBytes;
            }
        }
    }

    /// <summary>Takes a message. The sending thread.</summary>
    /// <returns>False if it is dropped.</returns>
    public bool Send(in Message message, ReadOnlySpan<byte> body)
    {
        lock (_gate)
        {
            _hasUnflushed = true;
            return _socket is not null && _queue.TryAppend(in message, body);
        }
    }

    /// <summary>Starts to send what has gathered, unless a send is under way, which then goes on with it. The sending thread.</summary>
    public void Flush()
    {
        if (!_hasUnflushed)
        {
            return;
        }

        _hasUnflushed = false;
        lock (_gate)
        {
            if (_socket is null || _sendUnderWay || !_queue.TryTake())
            {
                return;
            }

            _sendUnderWay = true;
            _sendingSocket = _socket;
            _sentBytes = 0;
            StampProgress();
        }

        Pump();
    }

    /// <summary>Drops the connection if the send under way has made no progress for too long. The watchdog.</summary>
    public void CheckProgress(long nowMilliseconds)
    {
        Socket stalled;
        int pendingBytes;
        long timeoutMilliseconds = (long)_context.Options.ProgressTimeout.TotalMilliseconds;
        lock (_gate)
        {
            if (_socket is null || !_sendUnderWay || nowMilliseconds - Volatile.Read(ref _progressMilliseconds) < timeoutMilliseconds)
            {
                return;
            }

            stalled = _socket;
            pendingBytes = _queue.PendingBytes;
        }

        TransportLog.SendStalled(_context.Logger, _peer.NodeId, timeoutMilliseconds, pendingBytes);
        stalled.Dispose();
    }

    /// <summary>Connects, again and again, until stopped. Never throws.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        TimeSpan delay = _context.Options.ReconnectDelayMin;
        while (!stop.IsCancellationRequested)
        {
            long startMilliseconds = Environment.TickCount64;
            bool connected = await ConnectOnceAsync(stop).ConfigureAwait(false);

            // A connection that held out starts the delays anew; one that broke at once is as good as none.
            bool heldOut = connected && Environment.TickCount64 - startMilliseconds >= _context.Options.ReconnectDelayMax.TotalMilliseconds;
            delay = heldOut ? _context.Options.ReconnectDelayMin : delay;
            await Task.Delay(delay * (1 - (Random.Shared.NextDouble() / 2)), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            delay = delay * 2 < _context.Options.ReconnectDelayMax ? delay * 2 : _context.Options.ReconnectDelayMax;
        }
    }

    /// <summary>Lets go of the socket operation. After <see cref="RunAsync"/> has ended: no send is under way then, and none starts.</summary>
    public void Dispose() => _sendArguments.Dispose();

    private async Task<bool> ConnectOnceAsync(CancellationToken stop)
    {
        bool connected = false;
        try
        {
            using Socket? socket = await TryConnectAsync(stop).ConfigureAwait(false);
            if (socket is not null)
            {
                connected = true;
                await UseAsync(socket, stop).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            // Whatever it is (a receiver that throws, say), one peer's trouble is not the others'.
            TransportLog.Unforeseen(_context.Logger, exception, _peer.NodeId);
        }

        return connected;
    }

    private async Task<Socket?> TryConnectAsync(CancellationToken stop)
    {
        Socket? socket = null;
        try
        {
            EndPoint endPoint = _context.Options.Peers[_peer.NodeId];
            using (CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(stop))
            {
                deadline.CancelAfter(_context.Options.ConnectTimeout);
                socket = await TcpSockets.DialAsync(endPoint, _context.Options, deadline.Token).ConfigureAwait(false);
            }

            using (CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(stop))
            {
                deadline.CancelAfter(_context.Options.HandshakeTimeout);
                if (await SayHelloAsync(socket, deadline.Token).ConfigureAwait(false))
                {
                    return socket;
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException or KeyNotFoundException)
        {
            TransportLog.ConnectFailed(_context.Logger, _peer.NodeId, exception.Message);
        }

        socket?.Dispose();
        return null;
    }

    private async Task<bool> SayHelloAsync(Socket socket, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[HelloFormat.Bytes];
        HelloFormat.Write(bytes, _context.Hello(HelloOutcome.Dialing, _peer.NodeId));
        await TcpSockets.SendAllAsync(socket, bytes, cancellationToken).ConfigureAwait(false);
        await TcpSockets.ReceiveAllAsync(socket, bytes, cancellationToken).ConfigureAwait(false);
        string? refusal = Judge(bytes, out Hello answer);
        if (refusal is null)
        {
            _lastRefusal = null;
            _peer.Observe(answer.Identity.Incarnation);
            return true;
        }

        if (refusal != _lastRefusal)
        {
            // Said once, not at every attempt.
            _lastRefusal = refusal;
            TransportLog.RefusedByPeer(_context.Logger, _peer.NodeId, refusal);
        }

        return false;
    }

    private string? Judge(ReadOnlySpan<byte> bytes, out Hello answer)
    {
        if (!HelloFormat.TryRead(bytes, out answer) || answer.Outcome == HelloOutcome.Dialing)
        {
            return "its answer is not a hello of this protocol.";
        }

        if (answer.Outcome != HelloOutcome.Accepted)
        {
            return $"{answer.Outcome}; it is node {answer.Identity.NodeId}, group {answer.Identity.GroupId}, "
                + $"cluster {answer.Identity.ClusterId}, protocol version {answer.Version}.";
        }

        RaftIdentity expected = _context.Identity with { NodeId = _peer.NodeId, Incarnation = answer.Identity.Incarnation };
        return answer.Identity == expected && answer.Version == FrameFormat.Version && answer.AddressedId == _context.Identity.NodeId
            ? null
            : $"it accepted, but it is {answer.Identity}, protocol version {answer.Version}, speaking to node {answer.AddressedId}.";
    }

    /// <summary>Lets messages go over a connection until it ends, and tells the receiver of both: what was sent before is lost, and must be asked for anew.</summary>
    private async Task UseAsync(Socket socket, CancellationToken stop)
    {
        TransportLog.Connected(_context.Logger, _peer.NodeId, socket.RemoteEndPoint);
        lock (_gate)
        {
            _socket = socket;
        }

        try
        {
            _context.Receiver.ReportUnreachable(_peer.NodeId);
            string reason = await WatchAsync(socket, stop).ConfigureAwait(false);
            TransportLog.ConnectionLost(_context.Logger, _peer.NodeId, reason);
        }
        finally
        {
            await DetachAsync(socket).ConfigureAwait(false);
        }

        _context.Receiver.ReportUnreachable(_peer.NodeId);
    }

    /// <summary>Waits for the end of a connection. Nothing comes back on it after the hello, so a read ends only when the connection does.</summary>
    private static async Task<string> WatchAsync(Socket socket, CancellationToken stop)
    {
        try
        {
            int received = await socket.ReceiveAsync(new byte[1], stop).ConfigureAwait(false);
            return received == 0 ? "the peer closed it." : "the peer sent something, where nothing is expected.";
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            return exception.Message;
        }
    }

    /// <summary>Gives up a connection, and waits until its last send has let go of the buffers.</summary>
    private async Task DetachAsync(Socket socket)
    {
        Task ended = Task.CompletedTask;
        lock (_gate)
        {
            _socket = null;
            _queue.DiscardGathered();
            if (_sendUnderWay)
            {
                _sendEnded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                ended = _sendEnded.Task;
            }
        }

        socket.Dispose();
        await ended.ConfigureAwait(false);
    }

    /// <summary>Sends what was taken, then what has gathered meanwhile, until a send does not complete at once or nothing is left.</summary>
    private void Pump()
    {
        do
        {
            while (_sentBytes < _queue.Taken.Length)
            {
                // In pieces: the system reports a send only once all of it is done, and the watchdog wants to see progress before that.
                Memory<byte> rest = _queue.Taken[_sentBytes..];
                _sendArguments.SetBuffer(rest[..Math.Min(rest.Length, TransportContext.ProgressBytes)]);
                if (!TryStartSend(out bool completed))
                {
                    EndBroken();
                    return;
                }

                if (!completed || !TakeResult())
                {
                    return;
                }
            }
        }
        while (TakeMore());
    }

    private bool TryStartSend(out bool completed)
    {
        completed = false;
        try
        {
            completed = !_sendingSocket!.SendAsync(_sendArguments);
            return true;
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
        {
            return false;
        }
    }

    private void OnSendCompleted()
    {
        if (TakeResult())
        {
            Pump();
        }
    }

    private bool TakeResult()
    {
        if (_sendArguments.SocketError != SocketError.Success || _sendArguments.BytesTransferred == 0)
        {
            EndBroken();
            return false;
        }

        _sentBytes += _sendArguments.BytesTransferred;
        StampProgress();
        return true;
    }

    // Pairs with the read in CheckProgress; nothing else depends on it.
    private void StampProgress() => Volatile.Write(ref _progressMilliseconds, Environment.TickCount64);

    private bool TakeMore()
    {
        lock (_gate)
        {
            _sentBytes = 0;
            if (_queue.TryTake() && _socket == _sendingSocket)
            {
                return true;
            }

            EndSend();
            return false;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EndBroken()
    {
        Socket broken = _sendingSocket!;
        lock (_gate)
        {
            // The connecting loop is told by its read, which ends with the socket.
            _socket = null;
            _queue.DiscardGathered();
            _queue.TryTake();
            EndSend();
        }

        broken.Dispose();
    }

    private void EndSend()
    {
        _sendUnderWay = false;
        _sendEnded?.TrySetResult();
        _sendEnded = null;
    }
}
