using System.Net;
using System.Net.Sockets;

namespace RaftEngine.Tests.Support;

/// <summary>Loopback ports that nobody listens on.</summary>
internal static class FreePort
{
    public static IPEndPoint Reserve()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
