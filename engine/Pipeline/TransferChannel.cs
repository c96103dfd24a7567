using System;
using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RaftEngine.Protocol;
using RaftEngine.Snapshots;

namespace RaftEngine.Pipeline;

/// <summary>
/// One direction between the loop and the transfer thread: messages of the protocol, which are dropped when the channel is full, as on any wire, and events, which are not. Events
/// are bounded by what they are about: one for each peer, and one snapshot.
/// </summary>
internal sealed class TransferChannel(RaftOptions options, Action wakeReceiver)
{
    private readonly InboxRing _messages = new(
        (int)BitOperations.RoundUpToPowerOf2((uint)(2 * (Math.Max(options.MaxMessageBytes, SnapshotFormat.LargestPieceBytes) + 1024))));

    private readonly ConcurrentQueue<TransferEvent> _events = new();

    /// <summary>True if nothing waits. The receiver's.</summary>
    public bool IsEmpty => _messages.IsEmpty && _events.IsEmpty;

    /// <summary>Sends a message, if there is room.</summary>
    public void Send(in Message message, ReadOnlySpan<byte> body)
    {
        if (_messages.TryWrite(RingTag.Message, 0, MemoryMarshal.AsBytes(new ReadOnlySpan<Message>(in message)), body))
        {
            wakeReceiver();
        }
    }

    /// <summary>Tells something.</summary>
    public void Tell(TransferEvent happened)
    {
        _events.Enqueue(happened);
        wakeReceiver();
    }

    /// <summary>The next event. The receiver's.</summary>
    public bool TryHear(out TransferEvent happened) => _events.TryDequeue(out happened);

    /// <summary>The next message, in place; call <see cref="Next"/> when done with it. The receiver's.</summary>
    public bool TryTake(out Message message, out ReadOnlySpan<byte> body)
    {
        if (!_messages.TryRead(out RingRecord record))
        {
            message = default;
            body = default;
            return false;
        }

        message = MemoryMarshal.AsRef<Message>(record.Payload);
        body = record.Payload[Unsafe.SizeOf<Message>()..];
        return true;
    }

    /// <summary>Gives memory back to the system that is no longer used. The receiver's.</summary>
    public void TrimNowAndThen(TimeSpan now) => _messages.TrimNowAndThen(now);

    /// <summary>Gives the last message taken back. The receiver's.</summary>
    public void Next()
    {
        _messages.Advance();
        _messages.Release();
    }
}
