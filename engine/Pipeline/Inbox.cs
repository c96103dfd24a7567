using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using RaftEngine.Host;
using RaftEngine.Protocol;

namespace RaftEngine.Pipeline;

/// <summary>
/// What waits for the loop. Commands and received messages have a ring each, so that an overload of commands never keeps a heartbeat or an acknowledgment out.
/// </summary>
internal sealed class Inbox
{
    private readonly HashSet<ulong> _unreachable = []; // messages to these may have been lost; guarded by _gate
    private readonly Gate _gate = new();
    private byte[]? _largeBody; // of the message in the ring that has none there; null: there is no such message
    private int _anyUnreachable;
    private int _closed;

    /// <summary>An empty inbox.</summary>
    /// <param name="options">The node's options.</param>
    public Inbox(RaftOptions options)
    {
        Proposals = new InboxRing(options.ProposalQueueBytes);
        Messages = new InboxRing(options.MessageQueueBytes);
    }

    public InboxRing Proposals { get; }

    public InboxRing Messages { get; }

    /// <summary>The right to run the loop, and the way to have it run.</summary>
    public Turn Turn { get; } = new();

    /// <summary>The failure behind <see cref="Close"/>, if it is one. Set before.</summary>
    public Exception? ClosedBy { get; set; }

    /// <summary>True once the loop takes nothing more.</summary>
    public bool IsClosed => Volatile.Read(ref _closed) != 0;

    /// <summary>True if something waits. The loop's.</summary>
    public bool HasWork => !Messages.IsEmpty || !Proposals.IsEmpty || Volatile.Read(ref _anyUnreachable) != 0;

    /// <summary>Adds a command or a read. Any thread.</summary>
    /// <param name="tag">Which of the two.</param>
    /// <param name="operation">The operation that the loop ends.</param>
    /// <param name="payload">The command, or what stands in front of it.</param>
    /// <param name="rest">The command behind that.</param>
    /// <param name="isAlone">True if no other is on its way: none is worth waiting for, and this thread may as well run the batch.</param>
    /// <returns>False if the queue is full; the operation was not taken.</returns>
    public bool TryAdd(RingTag tag, Operation operation, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> rest, bool isAlone)
    {
        if (!Proposals.TryWrite(tag, operation.Slot, payload, rest))
        {
            return false;
        }

        // Either has a full fence, after the claim and before the read of _closed: pairs with the one in Close.
        if (isAlone)
        {
            Turn.Run();
        }
        else
        {
            Turn.Wake();
        }

        if (IsClosed)
        {
            // The closing thread may have looked for the last time before this record was claimed. If not, it ends the
            // operation in the same way.
            operation.Fail(new RaftStoppedException(ClosedBy));
        }

        return true;
    }

    /// <summary>Adds a received message; the loop looks at it once its <see cref="Turn"/> is woken or run. Any thread.</summary>
    /// <param name="message">The message.</param>
    /// <param name="body">Its entries.</param>
    /// <returns>False if the queue is full.</returns>
    public bool TryAdd(in Message message, ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> header = MemoryMarshal.AsBytes(new ReadOnlySpan<Message>(in message));
        return header.Length + body.Length <= Messages.MaxPayloadBytes
            ? Messages.TryWrite(RingTag.Message, 0, header, body)
            : TryAddLarge(header, body);
    }

    /// <summary>Takes the body that waits beside the ring, for its message has been read. The loop's.</summary>
    public Span<byte> TakeLargeBody() => Interlocked.Exchange(ref _largeBody, null); // full fence: pairs with the exchange in TryAddLarge

    // One at a time, so that there is a bound: others wait at their connections.
    private bool TryAddLarge(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        if (Volatile.Read(ref _largeBody) is not null || Interlocked.CompareExchange(ref _largeBody, body.ToArray(), null) is not null)
        {
            return false;
        }

        if (Messages.TryWrite(RingTag.LargeMessage, 0, header))
        {
            return true;
        }

        _ = TakeLargeBody();
        return false;
    }

    /// <summary>Notes that messages to a peer may have been lost. Any thread.</summary>
    /// <param name="nodeId">The peer.</param>
    public void AddUnreachable(ulong nodeId)
    {
        using (_gate.Enter())
        {
            _unreachable.Add(nodeId);
            Volatile.Write(ref _anyUnreachable, 1);
        }

        Turn.Wake();
    }

    /// <summary>Takes one of the peers noted. The loop's.</summary>
    /// <param name="nodeId">The peer.</param>
    /// <returns>False if there is none.</returns>
    public bool TryTakeUnreachable(out ulong nodeId)
    {
        nodeId = 0;
        if (Volatile.Read(ref _anyUnreachable) == 0)
        {
            return false;
        }

        using (_gate.Enter())
        {
            using HashSet<ulong>.Enumerator first = _unreachable.GetEnumerator();
            if (!first.MoveNext())
            {
                Volatile.Write(ref _anyUnreachable, 0);
                return false;
            }

            nodeId = first.Current;
            return _unreachable.Remove(nodeId);
        }
    }

    /// <summary>Refuses further records. Called by the thread that ended the loop, which then drains the records
    /// claimed before.</summary>
    public void Close() => Interlocked.Exchange(ref _closed, 1); // full fence: pairs with the one in TryAdd
}
