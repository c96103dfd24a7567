using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Transport;

/// <summary>What a transport says of settings that cannot be right: once, and what to do.</summary>
public sealed class TcpWarningTests : IAsyncLifetime
{
    private readonly List<TcpTransport> _transports = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (TcpTransport transport in _transports)
        {
            await transport.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_voter_without_an_address_is_told_once()
    {
        (TcpTransport transport, ListLogger logger) = await StartAsync(1, new() { [2] = At(1) }, voters: [1, 2, 3]);
        for (int i = 0; i < 5; i++)
        {
            Assert.False(transport.Send(Sample.Numbered(1, 3, i), default));
            Assert.False(transport.Send(Sample.Numbered(1, 4, i), default)); // a member that was added later
        }

        Assert.Equal(
            [.. ((int[])[3, 4]).Select(static id =>
                $"Node {id} has no address at node 1: nothing goes there. Add it to TcpTransportOptions.Peers.")],
            logger.Lines(3015));
    }

    [Fact]
    public async Task A_dictionary_of_peers_that_throws_is_told_and_the_message_is_dropped()
    {
        ListLogger logger = new();
        await using TcpTransport transport = Create(1, new FaultyPeers(), logger, At(0));
        await transport.StartAsync(Sample.Identity(1), new RecordingReceiver(), CancellationToken.None);

        Assert.False(transport.Send(Sample.Numbered(1, 3, 1), default));
        Assert.Single(logger.Lines(3018));
    }

    [Theory]
    [InlineData("127.0.0.1", 1, true)]
    [InlineData("127.0.0.2", 0, true)]
    [InlineData("127.0.0.1", 0, false)]
    [InlineData("name", 1, true)]
    [InlineData("name", 0, false)]
    public async Task A_node_that_listens_elsewhere_than_Peers_says_is_told(string host, int off, bool isTold)
    {
        int port = FreePorts.Take(1)[0];
        EndPoint said = IPAddress.TryParse(host, out IPAddress? address)
            ? new IPEndPoint(address, port + off)
            : new DnsEndPoint(host, port + off);
        (_, ListLogger logger) = await StartAsync(1, new() { [1] = said }, port: port);

        IReadOnlyList<string> lines = logger.Lines(3016);
        Assert.Equal(isTold ? 1 : 0, lines.Count);
        Assert.All(lines, line => Assert.Contains($"127.0.0.1:{port}", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("0.0.0.0", true)]
    public async Task Plaintext_beyond_loopback_is_told(string listen, bool isTold)
    {
        ListLogger logger = new();
        await using TcpTransport transport = Create(
            1, new Dictionary<ulong, EndPoint>(), logger, new IPEndPoint(IPAddress.Parse(listen), 0));
        await transport.StartAsync(Sample.Identity(1), new RecordingReceiver(), CancellationToken.None);

        Assert.Equal(isTold ? 1 : 0, logger.Lines(3017).Count);
    }

    [Fact]
    public void Plaintext_beyond_loopback_is_refused_unless_it_is_asked_for()
    {
        ArgumentException refused = Assert.Throws<ArgumentException>(
            () => new TcpTransport(new TcpTransportOptions { ListenEndPoint = new IPEndPoint(IPAddress.Any, 0), Peers = new Dictionary<ulong, EndPoint>() }));
        Assert.Contains(
            "TcpTransportOptions.ListenEndPoint is 0.0.0.0:0; it must be an address of loopback as long as the connections are plaintext; "
            + "set Tls, or, within a network that is trusted, AllowPlaintext.",
            refused.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        (TcpTransport first, _) = await StartAsync(1, []);
        SocketException refused = await Assert.ThrowsAsync<SocketException>(
            () => StartAsync(1, [], port: first.LocalEndPoint.Port));

        Assert.Equal(SocketError.AddressAlreadyInUse, refused.SocketErrorCode);
        Assert.Contains(first.LocalEndPoint.ToString(), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_nodes_with_one_id_that_reach_each_other_are_both_told()
    {
        // The second one runs under the first one's id at what everybody takes for node 2.
        int[] ports = FreePorts.Take(2);
        ConcurrentDictionary<ulong, EndPoint> peers = new() { [1] = At(ports[0]), [2] = At(ports[1]) };
        (_, ListLogger first) = await StartAsync(1, peers, port: ports[0]);
        (_, ListLogger second) = await StartAsync(1, peers, port: ports[1]);

        static bool IsTold(IReadOnlyList<string> lines) => lines.Any(static line => line.Contains("running as node 1", StringComparison.Ordinal));
        await Eventually.True(() => IsTold(first.Lines(3005)) && IsTold(second.Lines(3008)), "both are told");
    }

    [Fact]
    public async Task Two_nodes_with_one_id_that_meet_at_a_third_are_both_told_and_the_third_knows()
    {
        int port = FreePorts.Take(1)[0];
        ConcurrentDictionary<ulong, EndPoint> peers = new() { [1] = At(1), [2] = At(port) };
        (_, ListLogger third) = await StartAsync(2, peers, port: port);
        (_, ListLogger one) = await StartAsync(1, peers);
        await Eventually.True(() => one.Lines(3002).Count > 0, "the first is connected");
        (_, ListLogger other) = await StartAsync(1, peers);

        await Eventually.True(() => one.Lines(3005).Count > 0 && other.Lines(3005).Count > 0, "both are told");
        Assert.Contains("running as node 1", Assert.Single(one.Lines(3005)), StringComparison.Ordinal);
        Assert.Contains("running as node 1", Assert.Single(other.Lines(3005)), StringComparison.Ordinal);
        Assert.Contains("running as node 1", third.Lines(3008)[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_has_replaced_another_of_its_id_is_not_told()
    {
        int port = FreePorts.Take(1)[0];
        ConcurrentDictionary<ulong, EndPoint> peers = new() { [1] = At(1), [2] = At(port) };
        (TcpTransport third, ListLogger logger) = await StartAsync(2, peers, port: port);
        (TcpTransport before, ListLogger old) = await StartAsync(1, peers);
        await Eventually.True(() => old.Lines(3002).Count > 0, "the first is connected");
        await before.DisposeAsync();
        await Eventually.True(() => third.IncomingCount == 0, "and is gone");
        (_, ListLogger next) = await StartAsync(1, peers);

        await Eventually.True(() => next.Lines(3002).Count > 0, "the next is connected");
        Assert.Empty(next.Lines(3005));
        Assert.Empty(logger.Lines(3008));
    }

    [Fact]
    public async Task A_flood_of_connections_that_are_refused_is_a_few_lines()
    {
        (TcpTransport transport, ListLogger logger) = await StartAsync(1, []);
        for (int i = 0; i < 200; i++)
        {
            using RawPeer stranger = await RawPeer.DialAsync(transport.LocalEndPoint);
            await stranger.SendAsync(new byte[HelloFormat.Bytes]);
            await stranger.ClosedAsync();
        }

        Assert.InRange(logger.Lines(3008).Count, 10, 60);
        await Eventually.True(() => logger.Lines(1099).Count > 0, "the others are counted");
    }

    private static IPEndPoint At(int port) => new(IPAddress.Loopback, port);

    private static TcpTransport Create(
        ulong nodeId, IReadOnlyDictionary<ulong, EndPoint> peers, ListLogger logger, IPEndPoint listen) => new(new TcpTransportOptions
        {
            ListenEndPoint = listen,
            Peers = peers,
            AllowPlaintext = true,
            ReconnectDelayMin = TimeSpan.FromMilliseconds(5),
            ReconnectDelayMax = TimeSpan.FromMilliseconds(50),
            Logger = logger,
        });

    private async Task<(TcpTransport Transport, ListLogger Logger)> StartAsync(
        ulong nodeId, ConcurrentDictionary<ulong, EndPoint> peers, ulong[]? voters = null, int port = 0)
    {
        ListLogger logger = new();
        TcpTransport transport = Create(nodeId, peers, logger, new IPEndPoint(IPAddress.Loopback, port));
        _transports.Add(transport);
        RaftHandshake? handshake = voters is null ? null : new RaftHandshake { InitialVoters = [.. voters] };
        RaftIdentity identity = Sample.Identity(nodeId) with { Handshake = handshake };
        await transport.StartAsync(identity, new RecordingReceiver(), CancellationToken.None);
        return (transport, logger);
    }

    // As a dictionary that is changed while it is read.
    private sealed class FaultyPeers : IReadOnlyDictionary<ulong, EndPoint>
    {
        public int Count => 0;

        public IEnumerable<ulong> Keys => [];

        public IEnumerable<EndPoint> Values => [];

        public EndPoint this[ulong key] => throw new InvalidOperationException("changed");

        public bool ContainsKey(ulong key) => throw new InvalidOperationException("changed");

        public bool TryGetValue(ulong key, out EndPoint value)
        {
            value = null!;
            return key == 1 ? false : throw new InvalidOperationException("changed");
        }

        public IEnumerator<KeyValuePair<ulong, EndPoint>> GetEnumerator()
        {
            yield break;
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
