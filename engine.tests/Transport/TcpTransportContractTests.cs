using System.Collections.Concurrent;
using System.Net;
using RaftEngine.Transport;

namespace RaftEngine.Tests.Transport;

public sealed class TcpTransportContractTests : TransportContractTests
{
    // Nobody listens on port 1; each node's port is known once it has started.
    private readonly ConcurrentDictionary<ulong, EndPoint> _peers = new()
    {
        [1] = new IPEndPoint(IPAddress.Loopback, 1),
        [2] = new IPEndPoint(IPAddress.Loopback, 1),
        [3] = new IPEndPoint(IPAddress.Loopback, 1),
    };

    private protected override IRaftTransport Create(ulong nodeId) =>
        new TcpTransport(new TcpTransportOptions { ListenEndPoint = new IPEndPoint(IPAddress.Loopback, 0), Peers = _peers });

    private protected override void Started(ulong nodeId, IRaftTransport transport) => _peers[nodeId] = ((TcpTransport)transport).LocalEndPoint;
}
