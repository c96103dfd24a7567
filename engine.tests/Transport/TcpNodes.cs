using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;

namespace RaftEngine.Tests.Transport;

/// <summary>
/// Real TCP transports of one cluster. Their deadlines are out of reach unless shorter ones are asked for, which only a test does that waits for one to pass: a machine that
/// stalls for so long would end what is to go on.
/// </summary>
internal sealed class TcpNodes
{
    /// <summary>A deadline to wait for.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(400);

    private static readonly TimeSpan OutOfReach = TimeSpan.FromMinutes(1);

    private readonly List<TcpTransport> _transports = [];

    /// <summary>Where each node listens. No process listens on port 1.</summary>
    public ConcurrentDictionary<ulong, EndPoint> Peers { get; } =
        new(Enumerable.Range(1, 3).Select(id => new KeyValuePair<ulong, EndPoint>((ulong)id, new IPEndPoint(IPAddress.Loopback, 1))));

    /// <summary>What node 1 logs.</summary>
    public ListLogger Logger { get; } = new();

    public TcpTransport Create(
        ulong nodeId, int port = 0, TimeSpan? handshakeTimeout = null, TimeSpan? progressTimeout = null, TimeSpan? reconnectDelayMax = null) => new(new TcpTransportOptions
        {
            ListenEndPoint = new IPEndPoint(IPAddress.Loopback, port),
            Peers = Peers,
            HandshakeTimeout = handshakeTimeout ?? OutOfReach,
            ProgressTimeout = progressTimeout ?? OutOfReach,
            ReconnectDelayMin = TimeSpan.FromMilliseconds(5),
            ReconnectDelayMax = reconnectDelayMax ?? TimeSpan.FromMilliseconds(50),
            MaxIncomingConnections = 8,
            MaxPendingHandshakes = 4,
            MaxFrameBytes = 1 << 20,
            MaxPendingBytes = 1 << 20,
            Logger = nodeId == 1 ? Logger : null,
        });

    public async Task<(TcpTransport Transport, RecordingReceiver Receiver)> StartAsync(
        ulong nodeId, int port = 0, TimeSpan? handshakeTimeout = null, TimeSpan? progressTimeout = null, TimeSpan? reconnectDelayMax = null)
    {
        TcpTransport transport = Create(nodeId, port, handshakeTimeout, progressTimeout, reconnectDelayMax);
        _transports.Add(transport);
        RecordingReceiver receiver = new();
        await transport.StartAsync(Sample.Identity(nodeId), receiver, CancellationToken.None);
        Peers[nodeId] = transport.LocalEndPoint;
        return (transport, receiver);
    }

    /// <summary>Sends numbered messages until one has arrived.</summary>
    public static Task ReachedAsync(TcpTransport from, ulong fromId, RecordingReceiver to, ulong toId, long number) => Eventually.True(
        () =>
        {
            from.Send(Sample.Numbered(fromId, toId, number), default);
            from.Flush();
            return to.Received.Any(r => r.Message.From == fromId && r.Message.Index == number);
        },
        $"node {fromId} reached node {toId}");

    public async Task StopAsync()
    {
        foreach (TcpTransport transport in _transports)
        {
            await transport.DisposeAsync();
        }
    }
}
