using System;
using RaftEngine.Protocol;

namespace RaftEngine;

/// <summary>The node's end of an <see cref="IRaftTransport"/>.</summary>
public interface IRaftReceiver
{
    /// <summary>Takes a received message. The bytes are copied before the call returns.</summary>
    /// <param name="message">The message, as its sender built it.</param>
    /// <param name="body">The bytes that follow it: the entries of an append request.</param>
    /// <returns>What became of it.</returns>
    ReceiveResult Receive(in Message message, ReadOnlySpan<byte> body);

    /// <summary>Tells that messages to a peer may have been lost: its connection broke or was made anew. May be called from any thread.</summary>
    /// <param name="nodeId">The peer.</param>
    void ReportUnreachable(ulong nodeId);
}
