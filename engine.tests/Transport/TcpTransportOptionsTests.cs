using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Transport;

public sealed class TcpTransportOptionsTests
{
    private static readonly IPEndPoint Loopback = new(IPAddress.Loopback, 0);
    private static readonly Dictionary<ulong, EndPoint> NoPeers = [];

    public static TheoryData<string> Faults() => [.. FaultyOptions().Keys];

    [Theory]
    [MemberData(nameof(Faults))]
    public void An_option_out_of_bounds_is_named(string name)
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => new TcpTransport(FaultyOptions()[name]));
        Assert.Contains($"TcpTransportOptions.{name.Split(' ')[0]} is ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_defaults_are_within_bounds() => new TcpTransportOptions { ListenEndPoint = Loopback, Peers = NoPeers }.Validate();

    private static Dictionary<string, TcpTransportOptions> FaultyOptions() => new()
    {
        ["ConnectTimeout"] = new() { ListenEndPoint = Loopback, Peers = NoPeers, ConnectTimeout = TimeSpan.Zero },
        ["HandshakeTimeout"] = new() { ListenEndPoint = Loopback, Peers = NoPeers, HandshakeTimeout = TimeSpan.FromMinutes(2) },
        ["ProgressTimeout"] = new() { ListenEndPoint = Loopback, Peers = NoPeers, ProgressTimeout = TimeSpan.FromMilliseconds(-1) },
        ["ReconnectDelayMin"] = new() { ListenEndPoint = Loopback, Peers = NoPeers, ReconnectDelayMin = TimeSpan.FromSeconds(1) },
        ["ReconnectDelayMax"] = new() { ListenEndPoint = Loopback, Peers = NoPeers, ReconnectDelayMax = TimeSpan.Zero },
        ["MaxIncomingConnections"] = new() { ListenEndPoint = Loopback, Peers = NoPeers, MaxIncomingConnections = 1 },
        ["MaxIncomingConnections for the peers"] = new()
        {
            ListenEndPoint = Loopback,
            Peers = Enumerable.Range(1, 9).ToDictionary(id => (ulong)id, _ => (EndPoint)Loopback),
            MaxIncomingConnections = 9,
        },
        ["MaxPendingHandshakes"] = new() { ListenEndPoint = Loopback, Peers = NoPeers, MaxPendingHandshakes = 0 },
        ["MaxFrameBytes"] = new() { ListenEndPoint = Loopback, Peers = NoPeers, MaxFrameBytes = 160 },
        ["MaxPendingBytes"] = new() { ListenEndPoint = Loopback, Peers = NoPeers, MaxPendingBytes = int.MaxValue },
        ["Peers of node 0"] = new() { ListenEndPoint = Loopback, Peers = new Dictionary<ulong, EndPoint> { [0] = Loopback } },
        ["Peers elsewhere"] = new() { ListenEndPoint = Loopback, Peers = new Dictionary<ulong, EndPoint> { [1] = new UnixDomainSocketEndPoint("/tmp/none") } },
    };
}
