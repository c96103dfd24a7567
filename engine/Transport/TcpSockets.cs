using System;
using System.Net;
using System.Net.Sockets;

namespace RaftEngine.Transport;

/// <summary>Makes and sets up sockets: every connection, dialed or accepted, passes through here before its first byte.</summary>
internal static class TcpSockets
{
    /// <summary>TCP_USER_TIMEOUT of Linux.</summary>
    private const int LinuxTcpUserTimeout = 18;

    /// <summary>Listens.</summary>
    /// <exception cref="SocketException">The end point, which the message names, cannot be listened on.</exception>
    public static Socket Listen(IPEndPoint endPoint)
    {
        Socket socket = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            socket.Listen(backlog: 512);
            socket.Blocking = false;
            return socket;
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            string message = $"The transport cannot listen on {endPoint}: {exception.Message}";
            throw new SocketException((int)exception.SocketErrorCode, message);
        }
    }

    /// <summary>Begins to connect to a peer; the socket becomes writable when the attempt has ended.</summary>
    /// <exception cref="SocketException">It failed at once.</exception>
    public static Socket BeginConnect(IPEndPoint endPoint, TcpTransportOptions options)
    {
        Socket socket = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            Configure(socket, options);
            socket.Connect(endPoint);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // As it should be: this is how .NET tells that the attempt is under way.
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return socket;
    }

    /// <summary>Ends an attempt to connect.</summary>
    /// <returns>Null if it has succeeded, or why it has not.</returns>
    public static string? EndConnect(Socket socket)
    {
        SocketError error = (SocketError)(int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
        if (error != SocketError.Success)
        {
            return new SocketException((int)error).Message;
        }

        // If no process listens and the system picks the dialed port as the local port, TCP connects the socket to
        // itself.
        return Equals(socket.LocalEndPoint, socket.RemoteEndPoint) ? $"{socket.LocalEndPoint} is the dialing socket itself: no one listens there." : null;
    }

    /// <summary>Sets up a connection's socket. It never blocks from then on.</summary>
    public static void Configure(Socket socket, TcpTransportOptions options)
    {
        socket.Blocking = false;
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

    /// <summary>Sends a hello, the first bytes on a connection: the socket's own buffer has room for it.</summary>
    /// <returns>False if the connection has broken.</returns>
    public static bool TrySendHello(IChannel channel, in Hello hello)
    {
        Span<byte> bytes = stackalloc byte[HelloFormat.LengthOf(in hello)];
        HelloFormat.Write(bytes, hello);
        return channel.Send(bytes, out SocketError error) == bytes.Length && error == SocketError.Success;
    }
}
