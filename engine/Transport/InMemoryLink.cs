using System;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Host;
using RaftEngine.Protocol;

namespace RaftEngine.Transport;

/// <summary>
/// The way from one node to another within a process: a bounded queue of frames, delivered in order on the receiving node's <see cref="DeliveryThread"/>. Delivering
/// allocates nothing.
/// </summary>
internal sealed class InMemoryLink
{
    private readonly HostLogger _logger;
    private readonly InMemoryTransport _from;
    private readonly IRaftReceiver _receiver;
    private readonly FrameScope _scope;
    private readonly DeliveryThread _thread;
    private readonly Gate _gate = new();

    // Guarded by _gate.
    private readonly FrameQueue _queue;
    private bool _delivering; // If so, _queue.Taken and _offset belong to the delivery thread.
    private TaskCompletionSource? _deliveryEnded;

    // The delivery thread.
    private int _offset;

    // Written under _gate; the volatile reads between two messages delivered pair with that, so that a cut takes effect at once.
    private volatile bool _cut;
    private volatile bool _closed;

    // The sending thread.
    private bool _hasUnflushed;
    private int _restingFlushes; // that had nothing to deliver

    public InMemoryLink(InMemoryTransport from, InMemoryTransport to, int maxPendingBytes, HostLogger logger)
    {
        _logger = logger;
        _from = from;
        _receiver = to.Receiver;
        To = to.NodeId;
        _scope = new FrameScope(from.Identity.ClusterId, from.Identity.GroupId, from.NodeId, to.NodeId, int.MaxValue);
        _queue = new FrameQueue(from.Identity, maxPendingBytes);
        _thread = to.Deliveries;
    }

    /// <summary>The receiving node.</summary>
    public ulong To { get; }

    /// <summary>Takes a message. The sending thread.</summary>
    /// <returns>False if it is dropped: the link is cut, or its queue is full.</returns>
    public bool Send(in Message message, ReadOnlySpan<byte> body)
    {
        _hasUnflushed = true;
        using (_gate.Enter())
        {
            return !_cut && !_closed && _queue.TryAppend(in message, body);
        }
    }

    /// <summary>Starts to deliver what has gathered, unless a delivery is under way, which then goes on with it. The sending thread.</summary>
    public void Flush()
    {
        if (!_hasUnflushed)
        {
            Rest();
            return;
        }

        _hasUnflushed = false;
        using (_gate.Enter())
        {
            if (_delivering || _closed || !_queue.TryTake())
            {
                return;
            }

            _delivering = true;
            _offset = 0;
        }

        _thread.Add(this);
    }

    // As a PeerSender does.
    private void Rest()
    {
        if (++_restingFlushes < FrameQueue.SettleTurns)
        {
            return;
        }

        _restingFlushes = 0;
        using (_gate.Enter())
        {
            if (!_delivering)
            {
                _queue.Settle(FrameQueue.SettleTurns);
            }
        }
    }

    /// <summary>Cuts the link, which loses what waits on it, or mends it.</summary>
    public void Switch(bool cut)
    {
        using (_gate.Enter())
        {
            _cut = cut;
            if (cut)
            {
                _queue.DiscardGathered();
            }
        }
    }

    /// <summary>Ends the link for good.</summary>
    /// <returns>A task that ends when nothing more is delivered.</returns>
    public Task CloseAsync()
    {
        using (_gate.Enter())
        {
            _closed = true;
            if (!_delivering)
            {
                return Task.CompletedTask;
            }

            _deliveryEnded ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _deliveryEnded.Task;
        }
    }

    /// <summary>Delivers until nothing is left or the receiver is busy. The delivery thread.</summary>
    /// <returns>False if the receiver is busy: there is more to deliver, after a moment.</returns>
    public bool Deliver()
    {
        do
        {
            bool delivered = DeliverTaken();
            _receiver.Flush();
            if (!delivered)
            {
                return false;
            }
        }
        while (TakeMore());
        return true;
    }

    /// <summary>Delivers what was taken, from where it stopped before.</summary>
    /// <returns>False if the receiver is busy.</returns>
    private bool DeliverTaken()
    {
        ReadOnlySpan<byte> frames = _queue.Taken;
        while (_offset < frames.Length && !_cut && !_closed)
        {
            FrameRefusal refusal = FrameFormat.TryRead(frames[_offset..], in _scope, out Message message, out int bodyBytes);
            ReceiveResult result = refusal == FrameRefusal.None
                ? Offer(in message, frames.Slice(_offset + FrameFormat.HeaderBytes, bodyBytes))
                : ReceiveResult.Malformed;
            switch (result)
            {
                case ReceiveResult.Accepted:
                    _offset += FrameFormat.HeaderBytes + bodyBytes;
                    break;
                case ReceiveResult.Busy:
                    return false;
                default:
                    Break(result == ReceiveResult.Stopped);
                    return true;
            }
        }

        return true;
    }

    private ReceiveResult Offer(in Message message, ReadOnlySpan<byte> body)
    {
        try
        {
            return _receiver.Receive(in message, body);
        }
        catch (Exception exception)
        {
            // A fault of the receiving node, as it would be behind a socket: it costs the link's contents, not the process.
            TransportLog.Unforeseen(_logger, exception, _from.NodeId);
            return ReceiveResult.Malformed;
        }
    }

    private bool TakeMore()
    {
        using (_gate.Enter())
        {
            _offset = 0;
            if (_queue.TryTake() && !_closed)
            {
                return true;
            }

            _delivering = false;
            _deliveryEnded?.TrySetResult();
            return false;
        }
    }

    /// <summary>Does what the loss of a connection does: everything on its way is lost, and the sender is told.</summary>
    /// <param name="isStopped">True if the receiver has stopped: the link is closed for good.</param>
    public void Break(bool isStopped = false)
    {
        using (_gate.Enter())
        {
            _closed = isStopped || _closed;
            _queue.DiscardGathered();
        }

        _from.ReportUnreachable(To);
    }
}
