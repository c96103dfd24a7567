using System.Linq;
using System.Net;
using System.Net.Sockets;

namespace RaftEngine.Tests.Support;

/// <summary>Loopback ports that nothing listens on.</summary>
internal static class FreePorts
{
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
