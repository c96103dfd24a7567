using System;
using System.Collections.Generic;
using System.Threading;
using RaftEngine.Protocol;

namespace RaftEngine.Bench.Measuring;

/// <summary>
/// Counts the bytes of bodies that a leader has given to its transport for another node, and that the other has not answered yet: in the transport's queue, in sockets, on
/// the wire, or not yet on the other's disk. At the leader's transport, which is where all this is known, wherever the other runs.
/// </summary>
/// <param name="to">The other.</param>
internal sealed class UnansweredBytes(ulong to) : IMessageCount
{
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly List<(MessageKind Kind, long From, long To, int Bytes)> _sent = []; // as they were sent; an answer may stand for several
    private long _now;
    private long _most;
    private long _snapshotBytes;

    /// <summary>The most there were at once since <see cref="Reset"/>.</summary>
    public long Most
    {
        get
        {
            lock (_gate)
            {
                return _most;
            }
        }
    }

    /// <summary>Bytes of a snapshot that the other has answered since <see cref="Reset"/>.</summary>
    public long SnapshotBytes
    {
        get
        {
            lock (_gate)
            {
                return _snapshotBytes;
            }
        }
    }

    /// <summary>Starts anew, while nothing is on its way: the other does not run.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            _sent.Clear();
            _now = 0;
            _most = 0;
            _snapshotBytes = 0;
        }
    }

    /// <inheritdoc/>
    public void Sending(in Message message, int bodyBytes)
    {
        if (!IsCounted(in message, bodyBytes))
        {
            return;
        }

        lock (_gate)
        {
            _sent.Add(Entry(in message, bodyBytes));
            _now += bodyBytes;
            _most = Math.Max(_most, _now);
        }
    }

    /// <inheritdoc/>
    public void Dropped(in Message message, int bodyBytes)
    {
        if (!IsCounted(in message, bodyBytes))
        {
            return;
        }

        lock (_gate)
        {
            int last = _sent.LastIndexOf(Entry(in message, bodyBytes));
            if (last >= 0)
            {
                _sent.RemoveAt(last);
                _now -= bodyBytes;
            }
        }
    }

    /// <inheritdoc/>
    public void Taken(in Message message, int bodyBytes)
    {
        if (message.From != to)
        {
            return;
        }

        lock (_gate)
        {
            switch (message.Kind)
            {
                case MessageKind.AppendResponse:
                    Answer(MessageKind.AppendRequest, message.Index, isRefusal: message.Rejected);
                    break;
                case MessageKind.SnapshotResponse:
                    // Where to go on: it has what starts before, and has seen what starts there, if it asks for that again.
                    _snapshotBytes += Answer(MessageKind.SnapshotPieces, message.Rejected ? long.MaxValue : message.LastIndex, isRefusal: false);
                    break;
                default:
                    break;
            }
        }
    }

    private bool IsCounted(in Message message, int bodyBytes) =>
        message.To == to && bodyBytes > 0 && message.Kind is MessageKind.AppendRequest or MessageKind.SnapshotPieces;

    // Pieces of a snapshot are known by where they start, alone.
    private static (MessageKind Kind, long From, long To, int Bytes) Entry(in Message message, int bodyBytes) =>
        (message.Kind, message.Kind == MessageKind.SnapshotPieces ? message.LastIndex : message.Index, message.LastIndex, bodyBytes);

    // What is accepted is so up to an index; what is refused is known by the one before its first.
    private long Answer(MessageKind kind, long index, bool isRefusal)
    {
        long bytes = 0;
        int kept = 0;
        for (int i = 0; i < _sent.Count; i++)
        {
            (MessageKind Kind, long From, long To, int Bytes) sent = _sent[i];
            if (sent.Kind == kind && (isRefusal ? sent.From : sent.To) <= index)
            {
                bytes += sent.Bytes;
            }
            else
            {
                _sent[kept++] = sent;
            }
        }

        _sent.RemoveRange(kept, _sent.Count - kept);
        _now -= bytes;
        return bytes;
    }
}
