using System;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading;
using RaftEngine.Host;
using RaftEngine.Protocol;

namespace RaftEngine.Transport;

/// <summary>
/// What goes to one peer on one lane. Frames gather in one buffer while the other is sent. A thread that flushes
/// writes to the socket at once, without waiting, unless a send is under way; what the socket does not take, the poll
/// thread sends on as soon as there is room.
/// </summary>
internal sealed class PeerSender
{
    private readonly TransportContext _context;
    private readonly Gate _gate = new();

    // Guarded by _gate.
    private readonly FrameQueue _queue;
    private IChannel? _channel; // Not null: connected, and Send takes messages.
    private bool _isSending; // If so, _queue.Taken, _sendingChannel and _sentBytes belong to the thread that sends; if blocked, to the poll thread.
    private bool _isBlocked;

    // The thread that sends.
    private IChannel? _sendingChannel;
    private int _sentBytes;
    private int _unmarkedBytes; // Sent since the last mark of progress.

    // When the send under way last made progress: written by the thread that sends, read by the poll thread. A stale value makes it look once more.
    private long _progressMilliseconds;

    // The sending thread.
    private bool _hasUnflushed;
    private int _restingFlushes; // that had nothing to send

    public PeerSender(TransportContext context)
    {
        _context = context;
        _queue = new FrameQueue(context.Identity, context.Options.MaxPendingBytes);
    }

    /// <summary>Bytes taken from <see cref="Send"/> and not yet given to the operating system, to within the send under way.</summary>
    public int PendingBytes
    {
        get
        {
            using (_gate.Enter())
            {
                return _queue.PendingBytes;
            }
        }
    }

    /// <summary>True if the socket has no room: the poll thread waits until it does, and then calls <see cref="Continue"/>.</summary>
    public bool IsBlocked
    {
        get
        {
            using (_gate.Enter())
            {
                return _isBlocked;
            }
        }
    }

    /// <summary>True while the sender has no connection and no thread is at one that it had: it can be given another.</summary>
    public bool IsDetached
    {
        get
        {
            using (_gate.Enter())
            {
                return _channel is null && !_isSending;
            }
        }
    }

    /// <summary>For how many milliseconds the send under way has made no progress.</summary>
    public long StalledMilliseconds => PollThread.Now - Volatile.Read(ref _progressMilliseconds); // Pairs with the write in StampProgress; nothing else depends on it.

    /// <summary>Takes a message. The sending thread.</summary>
    /// <returns>False if it is dropped.</returns>
    public bool Send(in Message message, ReadOnlySpan<byte> body)
    {
        using (_gate.Enter())
        {
            _hasUnflushed = true;
            return _channel is not null && _queue.TryAppend(in message, body);
        }
    }

    /// <summary>Sends what has gathered, unless a send is under way, which then goes on with it. The sending thread.</summary>
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
            if (_isSending || !_queue.TryTake() || _channel is null)
            {
                return; // without a socket nothing gathers
            }

            _isSending = true;
            _sendingChannel = _channel;
            _sentBytes = 0;
            StampProgress();
        }

        Pump();
    }

    // Nothing goes this way just now, and perhaps for long.
    private void Rest()
    {
        if (++_restingFlushes < FrameQueue.SettleTurns)
        {
            return;
        }

        _restingFlushes = 0;
        using (_gate.Enter())
        {
            if (!_isSending)
            {
                _queue.Settle(FrameQueue.SettleTurns);
            }
        }
    }

    /// <summary>Sends on what is blocked. The poll thread.</summary>
    public void Continue()
    {
        using (_gate.Enter())
        {
            if (!_isBlocked)
            {
                return;
            }

            _isBlocked = false;
        }

        Pump();
    }

    /// <summary>Gives the sender a connection. The poll thread, while <see cref="IsDetached"/>.</summary>
    /// <param name="channel">The connection.</param>
    /// <param name="version">The version of the protocol that it carries.</param>
    public void Attach(IChannel channel, ushort version)
    {
        using (_gate.Enter())
        {
            _queue.Version = version;
            _channel = channel;
        }
    }

    /// <summary>Takes the connection away, with all that waits for it. A thread that is just sending notices at its next step. The poll thread.</summary>
    public void Detach()
    {
        using (_gate.Enter())
        {
            _channel = null;
            _queue.DiscardGathered();
            if (_isBlocked)
            {
                EndSend();
            }
        }
    }

    /// <summary>Sends what was taken, then what has gathered meanwhile, until the socket has no room or nothing is left.</summary>
    private void Pump()
    {
        do
        {
            ReadOnlySpan<byte> taken = _queue.Taken;
            while (_sentBytes < taken.Length)
            {
                int sent = _sendingChannel!.Send(taken[_sentBytes..], out SocketError error);
                if (error == SocketError.WouldBlock)
                {
                    Block();
                    return;
                }

                if (error != SocketError.Success || sent == 0)
                {
                    EndBroken();
                    return;
                }

                _sentBytes += sent;
                _unmarkedBytes += sent;
                if (_unmarkedBytes >= TransportContext.ProgressBytes || _sentBytes == taken.Length)
                {
                    StampProgress();
                }
            }
        }
        while (TakeMore());
    }

    private void StampProgress()
    {
        _unmarkedBytes = 0;
        Volatile.Write(ref _progressMilliseconds, PollThread.Now); // Pairs with the read in StalledMilliseconds; nothing else depends on it.
    }

    private bool TakeMore()
    {
        using (_gate.Enter())
        {
            _sentBytes = 0;
            if (_queue.TryTake() && _channel == _sendingChannel)
            {
                return true;
            }

            EndSend();
            return false;
        }
    }

    // The rest of the send is the poll thread's, unless the connection has been taken away meanwhile.
    private void Block()
    {
        using (_gate.Enter())
        {
            if (_channel != _sendingChannel)
            {
                EndSend();
                return;
            }

            _isBlocked = true;
        }

        _context.Poll.Wake();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EndBroken()
    {
        using (_gate.Enter())
        {
            if (_channel == _sendingChannel)
            {
                // The poll thread sees the broken socket by itself, and dials anew; until then nothing is taken any more.
                _channel = null;
                _queue.DiscardGathered();
            }

            EndSend();
        }

        _context.Poll.Wake();
    }

    // Under the gate. What is left of what was taken is given up.
    private void EndSend()
    {
        _isSending = false;
        _isBlocked = false;
        _sendingChannel = null;
        _sentBytes = 0;
        _queue.GiveUpTaken();
    }
}
