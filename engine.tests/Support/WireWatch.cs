using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Support;

/// <summary>Watches what one node has given to its transport for another, and the other has not taken yet; the other takes its time.</summary>
internal sealed class WireWatch(ulong to)
{
    private readonly Lock _lock = new();
    private readonly HashSet<(long Index, long Offset)> _pieces = [];
    private long _waiting;
    private bool _isBusy;

    /// <summary>The most bytes of bodies that waited at once while pieces of a snapshot were among them.</summary>
    public long MostWithPieces { get; private set; }

    /// <summary>The most bytes of bodies that waited at once.</summary>
    public long Most { get; private set; }

    /// <summary>How many messages of pieces were sent, and how many of them again.</summary>
    public (int Sent, int Repeated) Pieces { get; private set; }

    private ulong To => to;

    public IRaftTransport Watch(IRaftTransport transport) => new Transport(this, transport);

    /// <summary>Starts anew: nothing is on its way.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _waiting = 0;
            Most = 0;
            MostWithPieces = 0;
            Pieces = default;
            _pieces.Clear();
        }
    }

    private void Add(in Message message, int bytes)
    {
        lock (_lock)
        {
            _waiting += bytes;
            Most = Math.Max(Most, _waiting);
            if (message.Kind == MessageKind.SnapshotPieces && bytes > 0)
            {
                MostWithPieces = Math.Max(MostWithPieces, _waiting);
                bool isNew = _pieces.Add((message.Index, message.LastIndex));
                Pieces = (Pieces.Sent + 1, Pieces.Repeated + (isNew ? 0 : 1));
            }
        }
    }

    private void Take(int bytes)
    {
        lock (_lock)
        {
            _waiting -= bytes;
        }
    }

    private sealed class Transport(WireWatch watch, IRaftTransport inner) : IRaftTransport
    {
        public int MaxBodyBytes => inner.MaxBodyBytes;

        public ValueTask StartAsync(RaftIdentity identity, IRaftReceiver receiver, CancellationToken cancellationToken) =>
            inner.StartAsync(identity, identity.NodeId == watch.To ? new Receiver(watch, receiver) : receiver, cancellationToken);

        public bool Send(in Message message, ReadOnlySpan<byte> body)
        {
            int bytes = message.To == watch.To ? body.Length : 0;
            watch.Add(in message, bytes);
            bool isSent = inner.Send(in message, body);
            watch.Add(in message, isSent ? 0 : -bytes);
            return isSent;
        }

        public void Flush() => inner.Flush();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class Receiver(WireWatch watch, IRaftReceiver inner) : IRaftReceiver
    {
        // Every message is taken only at the second offer.
        public ReceiveResult Receive(in Message message, ReadOnlySpan<byte> body)
        {
            watch._isBusy = !watch._isBusy;
            if (watch._isBusy)
            {
                return ReceiveResult.Busy;
            }

            watch.Take(body.Length); // before, or the answer might be back before it counts as taken
            ReceiveResult result = inner.Receive(in message, body);
            watch.Take(result == ReceiveResult.Accepted ? 0 : -body.Length);
            return result;
        }

        public void Flush() => inner.Flush();

        public void ReportUnreachable(ulong nodeId) => inner.ReportUnreachable(nodeId);
    }
}
