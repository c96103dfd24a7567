using System;
using RaftEngine.Protocol;

namespace RaftEngine;

/// <summary>The node's end of an <see cref="IRaftTransport"/>.</summary>
public interface IRaftReceiver
{
    /// <summary>Takes a received message. The bytes are copied before the call returns; the message may wait for <see cref="Flush"/>.</summary>
    /// <param name="message">The message, as its sender built it.</param>
    /// <param name="body">The bytes that follow it: the entries of an append request.</param>
    /// <returns>What became of it.</returns>
    ReceiveResult Receive(in Message message, ReadOnlySpan<byte> body);

    /// <summary>
    /// Tells that a part of a message has arrived, and the rest is under way: its sender is alive, though the message itself may take a while on a slow network. Need not be
    /// called; if it is, then now and then, and followed by <see cref="Flush"/>.
    /// </summary>
    /// <param name="message">The message, as far as its header says. Whether the rest will be intact is not known.</param>
    void ReportArriving(in Message message)
    {
    }

    /// <summary>
    /// Has what <see cref="Receive"/> has taken acted upon. To be called by the thread that receives, when no more is at hand, and before it waits after
    /// <see cref="ReceiveResult.Busy"/>. The node may do its work on this thread, and write to its log meanwhile.
    /// </summary>
    void Flush();

    /// <summary>
    /// Shows the node what a peer tells of itself, at every first contact and before any message passes. May be called from any thread. A transport that does not call it carries
    /// messages between nodes that should refuse each other, and keeps the cluster at the first version of what may stand in its log
    /// (<see cref="RaftStatus.ClusterVersion"/>).
    /// </summary>
    /// <param name="nodeId">The peer.</param>
    /// <param name="handshake">What it tells: the <see cref="RaftIdentity.Handshake"/> with which the peer's transport was started.</param>
    /// <returns>False if no message may pass between the two; the node has said why.</returns>
    bool Meet(ulong nodeId, RaftHandshake handshake) => true;

    /// <summary>Tells that entries sent to a peer may have been lost: its connection broke or was made anew. May be called from any thread.</summary>
    /// <param name="nodeId">The peer.</param>
    void ReportUnreachable(ulong nodeId);
}
