using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace RaftEngine.Samples.Kv.Measuring;

/// <summary>
/// Loopback ports that nothing listens on, none given twice by this process. They lie below the range from which systems take the local ports of outgoing connections: in
/// that range a port of a node that is stopped may be taken by some connection before it comes back, and who dials it meanwhile may even end up connected to himself.
/// </summary>
internal static class LoopbackPorts
{
    private const int Lowest = 12_000;
    private const int Highest = 32_000;

    private static readonly Lock Taking = new();
    private static readonly HashSet<int> Taken = [];

    /// <summary>Takes so many different ones.</summary>
    public static IPEndPoint[] Take(int count)
    {
        IPEndPoint[] endPoints = new IPEndPoint[count];
        lock (Taking)
        {
            for (int i = 0; i < count; i++)
            {
                do
                {
                    endPoints[i] = new IPEndPoint(IPAddress.Loopback, Random.Shared.Next(Lowest, Highest));
                }
                while (!IsFree(endPoints[i]) || !Taken.Add(endPoints[i].Port));
            }
        }

        return endPoints;
    }

    private static bool IsFree(IPEndPoint endPoint)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
