using System;
using System.Net.Sockets;

namespace RaftEngine.Transport;

/// <summary>The bytes of one connection, in either direction. No call waits.</summary>
internal interface IChannel : IDisposable
{
    /// <summary>Receives what there is. The poll thread.</summary>
    /// <returns>How many bytes; 0 without an error if the other end has closed.</returns>
    /// <param name="destination">Where they go, not empty.</param>
    /// <param name="error"><see cref="SocketError.WouldBlock"/> if there is nothing yet.</param>
    int Receive(Span<byte> destination, out SocketError error);

    /// <summary>Sends what there is room for. One thread at a time.</summary>
    /// <returns>How many bytes were sent.</returns>
    /// <param name="source">After <see cref="SocketError.WouldBlock"/> the next call begins with the same
    /// bytes.</param>
    /// <param name="error"><see cref="SocketError.WouldBlock"/> if there is no room; once there is, the socket becomes
    /// writable.</param>
    int Send(ReadOnlySpan<byte> source, out SocketError error);

    /// <summary>True if there may be something to receive though the socket does not become readable. The poll
    /// thread.</summary>
    bool MayHoldMore { get; }

    /// <summary>Says what an error of <see cref="Receive"/> means. The poll thread.</summary>
    string Describe(SocketError error);
}
