using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;

namespace RaftEngine.Tests;

public class RaftNodeTcpTests : RaftNodeContract
{
    private protected override Func<ulong, IRaftTransport> Transports(int nodes)
    {
        Dictionary<ulong, EndPoint> endPoints = FreePorts.Take(nodes)
            .Select((port, position) => (Id: (ulong)position + 1, EndPoint: (EndPoint)new IPEndPoint(IPAddress.Loopback, port)))
            .ToDictionary(node => node.Id, node => node.EndPoint);
        return id => new TcpTransport(new TcpTransportOptions { ListenEndPoint = (IPEndPoint)endPoints[id], Peers = endPoints });
    }
}
