using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;

namespace RaftEngine.Tests.Support;

/// <summary>Loopback ports that nothing listens on.</summary>
internal static class FreePorts
{
    /// <summary>Where nodes 1 to so many can listen.</summary>
    public static Dictionary<ulong, EndPoint> EndPoints(int nodes) => Take(nodes)
        .Select((port, position) => (Id: (ulong)position + 1, EndPoint: (EndPoint)new IPEndPoint(IPAddress.Loopback, port)))
        .ToDictionary(node => node.Id, node => node.EndPoint);

    /// <summary>So many different ones: all are taken before any is given back.</summary>
    public static int[] Take(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners)
        {
            listener.Start();
        }

        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (TcpListener listener in listeners)
        {
            listener.Dispose();
        }

        return ports;
    }
}
