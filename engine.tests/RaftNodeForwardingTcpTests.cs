using System;
using System.Collections.Generic;
using System.Net;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;

namespace RaftEngine.Tests;

public sealed class RaftNodeForwardingTcpTests : RaftNodeForwardingContract
{
    private protected override Func<ulong, IRaftTransport> Transports(int nodes)
    {
        Dictionary<ulong, EndPoint> endPoints = FreePorts.EndPoints(nodes);
        return id => new TcpTransport(new TcpTransportOptions { ListenEndPoint = (IPEndPoint)endPoints[id], Peers = endPoints });
    }
}
