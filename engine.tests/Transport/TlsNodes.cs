using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;

namespace RaftEngine.Tests.Transport;

/// <summary>Transports of one cluster under TLS, or without. Each has a logger of its own.</summary>
internal sealed class TlsNodes
{
    private readonly List<TcpTransport> _transports = [];
    private readonly Dictionary<ulong, ListLogger> _loggers = [];

    public TestAuthority Authority { get; } = new();

    public ConcurrentDictionary<ulong, EndPoint> Peers { get; } =
        new(Enumerable.Range(1, 3).Select(id => new KeyValuePair<ulong, EndPoint>((ulong)id, new IPEndPoint(IPAddress.Loopback, 1))));

    public ListLogger LoggerOf(ulong node) => _loggers[node];

    /// <summary>Options by which anything goes at the node's own end: its peers are to refuse it.</summary>
    public static TlsOptions Careless(X509Certificate2 certificate, X509Certificate2 root)
    {
        TlsCredentials credentials = new(certificate, [root]);
        return new TlsOptions { Credentials = () => credentials, IsCertificateOf = static (_, _, _) => true };
    }

    public async Task<(TcpTransport Transport, RecordingReceiver Receiver)> StartAsync(
        ulong node, TlsOptions? tls, TimeSpan? handshakeTimeout = null)
    {
        ListLogger logger = new();
        _loggers[node] = logger;
        TcpTransport transport = new(new TcpTransportOptions
        {
            ListenEndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            Peers = Peers,
            Tls = tls,
            HandshakeTimeout = handshakeTimeout ?? TimeSpan.FromMinutes(1),
            ReconnectDelayMin = TimeSpan.FromMilliseconds(5),
            ReconnectDelayMax = TimeSpan.FromMilliseconds(50),
            MaxPendingHandshakes = 4,
            Logger = logger,
        });
        _transports.Add(transport);
        RecordingReceiver receiver = new();
        await transport.StartAsync(Sample.Identity(node), receiver, CancellationToken.None);
        Peers[node] = transport.LocalEndPoint;
        return (transport, receiver);
    }

    /// <summary>A client of TLS that is no transport.</summary>
    public static async Task<SslStream> DialAsync(
        EndPoint endPoint, X509Certificate2? certificate, SslProtocols protocols = SslProtocols.None)
    {
        TcpClient client = new();
        IPEndPoint address = (IPEndPoint)endPoint;
        await client.ConnectAsync(address.Address, address.Port);
        SslStream stream = new(client.GetStream());
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = protocols,
            ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
#pragma warning disable CA5359 // It is the stranger.
            RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
        }).WaitAsync(RecordingReceiver.Deadline);
        return stream;
    }

    public Task LoggedAsync(ulong node, int id, params string[] parts) => Eventually.True(
        () => LoggerOf(node).Lines(id).Any(line => parts.All(part => line.Contains(part, StringComparison.Ordinal))),
        () => $"node {node} logs {id} with '{string.Join("', '", parts)}'; it logged: {string.Join(" | ", LoggerOf(node).Lines(id))}");

    public async Task StopAsync()
    {
        foreach (TcpTransport transport in _transports)
        {
            await transport.DisposeAsync();
        }

        Authority.Dispose();
    }
}
