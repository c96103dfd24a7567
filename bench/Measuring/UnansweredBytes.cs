using System;
using System.Threading;
using RaftEngine.Protocol;

namespace RaftEngine.Bench.Measuring;

/// <summary>
/// Counts the bytes of bodies that one node has given to its transport for another, and that the other has not taken yet: in the transport's queue, in sockets, on the wire.
/// </summary>
/// <param name="from">The sender.</param>
/// <param name="to">The receiver.</param>
internal sealed class UnansweredBytes(ulong from, ulong to) : IMessageCount
{
    private long _now;
    private long _most;
    private long _pieces;

    /// <summary>The most there were at once since <see cref="Reset"/>.</summary>
    public long Most => Interlocked.Read(ref _most);

    /// <summary>Bytes of a snapshot taken by the receiver since <see cref="Reset"/>.</summary>
    public long SnapshotBytes => Interlocked.Read(ref _pieces);

    /// <summary>Starts anew, while nothing is on its way: the receiver is stopped.</summary>
    public void Reset()
    {
        Interlocked.Exchange(ref _now, 0);
        Interlocked.Exchange(ref _most, 0);
        Interlocked.Exchange(ref _pieces, 0);
    }

    /// <inheritdoc/>
    public void Sending(in Message message, int bodyBytes)
    {
        if (message.From == from && message.To == to)
        {
            long now = Interlocked.Add(ref _now, bodyBytes);
            long most = Most;
            while (now > most && Interlocked.CompareExchange(ref _most, now, most) != most)
            {
                most = Most;
            }
        }
    }

    /// <inheritdoc/>
    public void Dropped(in Message message, int bodyBytes) => Sending(in message, -bodyBytes);

    /// <inheritdoc/>
    public void Taken(in Message message, int bodyBytes)
    {
        Sending(in message, -bodyBytes);
        if (message.From == from && message.To == to && message.Kind == MessageKind.SnapshotPieces)
        {
            Interlocked.Add(ref _pieces, bodyBytes);
        }
    }
}
