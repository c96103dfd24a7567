using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;

namespace RaftEngine.Tests.Processes;

/// <summary>
/// Loopback ports for processes that are stopped and started again. They lie below the range from which systems take the local ports of outgoing connections: in that
/// range a port of a stopped replica may be taken by some connection before it comes back, and who dials it meanwhile may even end up connected to himself.
/// </summary>
internal static class LoopbackPorts
{
    private const int Lowest = 12_000;
    private const int Highest = 32_000;

    public static int[] Take(int count)
    {
        HashSet<int> ports = [];
        while (ports.Count < count)
        {
            int port = Random.Shared.Next(Lowest, Highest);
            if (IsFree(port))
            {
                ports.Add(port);
            }
        }

        return [.. ports];
    }

    private static bool IsFree(int port)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
