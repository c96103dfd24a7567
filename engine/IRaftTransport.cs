using System;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;

namespace RaftEngine;

/// <summary>
/// Carries messages between the nodes of a cluster. It may lose, delay, repeat and reorder them between any two nodes (but an <see cref="MessageKind.AppendRequest"/> should
/// not pass another one, nor a <see cref="MessageKind.ProposeResponse"/>: that costs time); it must never hand on a damaged
/// message header, nor one whose <see cref="Message.From"/> is not the node at the other end.
/// </summary>
public interface IRaftTransport : IAsyncDisposable
{
    /// <summary>The largest body that a message may have, in bytes; a node whose options allow for a larger one does not start. No bound by default.</summary>
    int MaxBodyBytes => int.MaxValue;

    /// <summary>Starts to receive for one node. Called once, before any <see cref="Send"/>.</summary>
    /// <param name="identity">Who this node is; a peer of another cluster or group is refused. What its <see cref="RaftIdentity.Handshake"/> tells goes to
    /// the peers' <see cref="IRaftReceiver.Meet"/>.</param>
    /// <param name="receiver">Where received messages go; called from any thread, from one thread at a time for each peer.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <returns>A task that ends when messages can be received.</returns>
    ValueTask StartAsync(RaftIdentity identity, IRaftReceiver receiver, CancellationToken cancellationToken);

    /// <summary>
    /// Takes a message for <see cref="Message.To"/>; called by one thread at a time. The bytes are copied or sent before the call returns. The message may still
    /// wait in a buffer until <see cref="Flush"/>.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="body">The entries' bytes of an append request; empty otherwise.</param>
    /// <returns>False if the message was dropped: no connection, or the peer's bounded buffer is full.</returns>
    bool Send(in Message message, ReadOnlySpan<byte> body);

    /// <summary>Drops the connection from a peer, which has sent what no member of a cluster sends; the peer may make another. Any thread; never waits. Does nothing by
    /// default.</summary>
    /// <param name="nodeId">The peer.</param>
    void Disconnect(ulong nodeId)
    {
    }

    /// <summary>Puts on the wire what <see cref="Send"/> has taken. Never waits; called by the thread that sends, after each batch.</summary>
    void Flush();
}
