using System;
using System.Net.Sockets;

namespace RaftEngine.Transport;

/// <summary>The bytes as they are.</summary>
internal sealed class SocketChannel(Socket socket) : IChannel
{
    public bool MayHoldMore => false;

    public int Receive(Span<byte> destination, out SocketError error) =>
        socket.Receive(destination, SocketFlags.None, out error);

    public int Send(ReadOnlySpan<byte> source, out SocketError error)
    {
        try
        {
            return socket.Send(source, SocketFlags.None, out error);
        }
        catch (ObjectDisposedException)
        {
            error = SocketError.OperationAborted; // The poll thread has just closed the connection.
            return 0;
        }
    }

    public string Describe(SocketError error) => new SocketException((int)error).Message;

    public void Dispose() => socket.Dispose();
}
