using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace RaftEngine.Tests.Support;

/// <summary>
/// Loopback ports that nothing listens on, none given twice in this run. They lie below the range from which systems take the local ports of outgoing connections: in that
/// range a port of a node that is stopped may be taken by some connection before it comes back, and who dials it meanwhile may even end up connected to himself.
/// </summary>
internal static class FreePorts
{
    private const int Lowest = 12_000;
    private const int Highest = 32_000;

    private static readonly Lock Taking = new();
    private static readonly HashSet<int> Taken = [];

    /// <summary>Where nodes 1 to so many can listen.</summary>
    public static Dictionary<ulong, EndPoint> EndPoints(int nodes) => Take(nodes)
        .Select((port, position) => (Id: (ulong)position + 1, EndPoint: (EndPoint)new IPEndPoint(IPAddress.Loopback, port)))
        .ToDictionary(node => node.Id, node => node.EndPoint);

    /// <summary>So many different ones.</summary>
    public static int[] Take(int count)
    {
        int[] ports = new int[count];
        lock (Taking)
        {
            for (int i = 0; i < count; i++)
            {
                do
                {
                    ports[i] = Random.Shared.Next(Lowest, Highest);
                }
                while (!IsFree(ports[i]) || !Taken.Add(ports[i]));
            }
        }

        return ports;
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
