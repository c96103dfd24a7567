using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Transport;

/// <summary>
/// Makes and sets up sockets: every connection, dialed or accepted, passes through here before its first byte, which makes this the place where a secure
/// channel is put around it.
/// </summary>
internal static class TcpSockets
{
    /// <summary>TCP_USER_TIMEOUT of Linux.</summary>
    private const int LinuxTcpUserTimeout = 18;

    /// <summary>Listens.</summary>
    public static Socket Listen(IPEndPoint endPoint)
    {
        Socket socket = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            socket.Listen(backlog: 512);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects to a peer.</summary>
    public static async ValueTask<Socket> DialAsync(EndPoint endPoint, TcpTransportOptions options, CancellationToken cancellationToken)
    {
        Socket socket = endPoint is IPEndPoint ip
            ? new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            Configure(socket, options);
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            if (Equals(socket.LocalEndPoint, socket.RemoteEndPoint))
            {
                // Nobody listens, and the system chose the very port that is dialed for this end: TCP then connects a socket to itself.
                throw new IOException($"{endPoint} is the dialing socket itself: no one listens there.");
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sets up a connection's socket.</summary>
    public static void Configure(Socket socket, TcpTransportOptions options)
    {
        socket.NoDelay = true;

        // A peer that vanished without a word is noticed though nothing is sent to it ...
        int seconds = Math.Max(1, (int)options.ProgressTimeout.TotalSeconds);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, seconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 1);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);

        // ... and also while so little is sent that the socket's own buffer swallows it: a black hole acknowledges nothing.
        if (OperatingSystem.IsLinux())
        {
            Span<byte> milliseconds = stackalloc byte[sizeof(int)];
            BitConverter.TryWriteBytes(milliseconds, (int)options.ProgressTimeout.TotalMilliseconds);
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, LinuxTcpUserTimeout, milliseconds);
        }
    }

    /// <summary>Sends all of a few bytes.</summary>
    public static async ValueTask SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            int sent = await socket.SendAsync(bytes, cancellationToken).ConfigureAwait(false);
            bytes = bytes[sent..];
        }
    }

    /// <summary>Receives exactly as many bytes as asked for.</summary>
    /// <exception cref="EndOfStreamException">The other end closed before.</exception>
    public static async ValueTask ReceiveAllAsync(Socket socket, Memory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            int received = await socket.ReceiveAsync(bytes, cancellationToken).ConfigureAwait(false);
            bytes = received > 0 ? bytes[received..] : throw new EndOfStreamException("The other end closed the connection during the handshake.");
        }
    }
}
