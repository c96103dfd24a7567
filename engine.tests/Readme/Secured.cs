using System.Collections.Generic;
using System.Net;
using RaftEngine.Transport;

namespace RaftEngine.Tests.Readme;

/// <summary>The example of docs/tls.md.</summary>
public static class Secured
{
    public static TcpTransport Create(string directory, ulong nodeId, IReadOnlyDictionary<ulong, EndPoint> peers)
    {
        TlsFiles files = new()
        {
            Certificate = $"{directory}/node{nodeId}.pem",
            Key = $"{directory}/node{nodeId}.key",
            Authorities = $"{directory}/ca.pem",
        };
        return new TcpTransport(new TcpTransportOptions
        {
            ListenEndPoint = (IPEndPoint)peers[nodeId],
            Peers = peers,
            Tls = new TlsOptions { Credentials = files.Watch() },
        });
    }
}
