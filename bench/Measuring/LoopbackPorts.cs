using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;

namespace RaftEngine.Bench.Measuring;

/// <summary>Free ports on loopback, for those who must be told theirs.</summary>
internal static class LoopbackPorts
{
    /// <summary>Takes some: all are taken before any is given back, so that they differ.</summary>
    public static IPEndPoint[] Take(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(static _ => new TcpListener(IPAddress.Loopback, 0))];
        Array.ForEach(listeners, static listener => listener.Start());
        IPEndPoint[] endPoints = Array.ConvertAll(listeners, static listener => (IPEndPoint)listener.LocalEndpoint);
        Array.ForEach(listeners, static listener => listener.Dispose());
        return endPoints;
    }
}
