using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.IO.Hashing;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using RaftEngine.Tests.Transport;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Versions;

/// <summary>Transports of two releases, and what an earlier one has sent.</summary>
public sealed class WireVersionTests : IAsyncLifetime
{
    private const byte UnknownKind = 99;
    private const byte Skippable = 0x80;

    private readonly Dictionary<ulong, EndPoint> _peers =
        new(((ulong[])[1, 2, 3]).Select(static id => KeyValuePair.Create(id, (EndPoint)new IPEndPoint(IPAddress.Loopback, 1))));

    private readonly List<TcpTransport> _transports = [];
    private readonly ListLogger _logger = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (TcpTransport transport in _transports)
        {
            await transport.DisposeAsync();
        }
    }

    [Fact]
    public async Task Two_releases_talk_in_the_version_that_both_speak()
    {
        (TcpTransport earlier, RecordingReceiver toEarlier) = await StartAsync(1, FrameFormat.OldestVersion);
        (TcpTransport later, RecordingReceiver toLater) = await StartAsync(2);
        await TcpNodes.ReachedAsync(earlier, 1, toLater, 2, 1);
        await TcpNodes.ReachedAsync(later, 2, toEarlier, 1, 1);

        // The first attempt of the later one was refused: it offered its newest version.
        Assert.Contains(_logger.Lines(3008), static line => line.Contains("it speaks version 5 of the protocol, and this node 4 to 4", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dialer_offers_less_to_an_earlier_release_and_its_newest_again_once_that_is_gone()
    {
        using Socket listener = Listen(2);
        await StartAsync(1);
        using (RawPeer first = await AcceptAsync(listener))
        {
            Assert.Equal(FrameFormat.Version, (await HearAsync(first)).Version);
            await first.SendAsync(RawPeer.Hello(Sample.Identity(2), 1, HelloOutcome.OtherVersion, FrameFormat.OldestVersion));
        }

        using (RawPeer second = await AcceptAsync(listener))
        {
            Assert.Equal(FrameFormat.OldestVersion, (await HearAsync(second)).Version);
            await second.SendAsync(RawPeer.Hello(Sample.Identity(2), 1, HelloOutcome.Accepted, FrameFormat.OldestVersion));
            await Eventually.True(() => _logger.Lines(3002).Count == 1, "it is connected");
        }

        using RawPeer third = await AcceptAsync(listener);
        Assert.Equal(FrameFormat.Version, (await HearAsync(third)).Version);
    }

    [Theory]
    [InlineData(FrameFormat.Version + 1, "it speaks version 6 of the protocol, and this node 4 to 5: upgrade this node.")]
    [InlineData(FrameFormat.OldestVersion - 1, "it speaks version 3 of the protocol, and this node 4 to 5: upgrade that one.")]
    public async Task Releases_without_a_common_version_are_told_which_to_upgrade(ushort version, string reason)
    {
        (TcpTransport one, _) = await StartAsync(1);
        using RawPeer stranger = await RawPeer.DialAsync(one.LocalEndPoint);
        await stranger.SendAsync(RawPeer.Hello(Sample.Identity(2), 1, version: version));
        Hello answer = await stranger.ReceiveHelloAsync();
        Assert.Equal((HelloOutcome.OtherVersion, FrameFormat.Version), (answer.Outcome, answer.Version));
        await Eventually.True(() => _logger.Lines(3008).Any(line => line.EndsWith(reason, StringComparison.Ordinal)), "the log says it");

        using Socket listener = Listen(2);
        using RawPeer dialer = await AcceptAsync(listener);
        await HearAsync(dialer);
        await dialer.SendAsync(RawPeer.Hello(Sample.Identity(2), 1, HelloOutcome.OtherVersion, version));
        await Eventually.True(() => _logger.Lines(3005).Any(line => line.EndsWith(reason, StringComparison.Ordinal)), "the dialer's too");
    }

    [Theory]
    [InlineData(FrameFormat.Version, Skippable, true)]
    [InlineData(FrameFormat.Version, 0, false)]
    [InlineData(FrameFormat.OldestVersion, Skippable, false)]
    public async Task A_kind_that_is_not_known_is_skipped_where_the_frame_allows_it(ushort version, byte flags, bool isSkipped)
    {
        (TcpTransport one, RecordingReceiver received) = await StartAsync(1);
        using RawPeer two = await RawPeer.DialAsync(one.LocalEndPoint);
        await two.SendAsync(RawPeer.Hello(Sample.Identity(2), 1, version: version));
        Assert.Equal((HelloOutcome.Accepted, version), ((await two.ReceiveHelloAsync()) is var hello ? (hello.Outcome, hello.Version) : default));

        byte[] unknown = Frame(Sample.Numbered(2, 1, 2), version, new byte[100_000]);
        (unknown[6], unknown[7]) = (UnknownKind, flags);
        BinaryPrimitives.WriteUInt64LittleEndian(unknown.AsSpan(160), Crc64.HashToUInt64(unknown.AsSpan(0, 160)));
        await two.SendAsync([.. Frame(Sample.Numbered(2, 1, 1), version, []), .. unknown, .. Frame(Sample.Numbered(2, 1, 3), version, [])]);
        if (isSkipped)
        {
            await received.UntilReceived(2);
            Assert.Equal([1L, 3], received.Received.Select(static one => one.Message.Index));
        }
        else
        {
            await two.ClosedAsync();
            Assert.True(received.Count <= 1);
        }
    }

    // Recorded from a node of the release before fingerprints, in a cluster of nodes 1 and 2: its hello, with a handshake, and
    // pre-vote requests to node 2.
    [Fact]
    public async Task What_the_release_before_sent_is_taken()
    {
        using Stream recorded = typeof(WireVersionTests).Assembly.GetManifestResourceStream("wire-version-4.bin")!;
        byte[] sent = new byte[recorded.Length];
        await recorded.ReadExactlyAsync(sent);
        (TcpTransport two, RecordingReceiver received) = await StartAsync(2, group: 0);
        using RawPeer one = await RawPeer.DialAsync(two.LocalEndPoint);
        await one.SendAsync(sent);
        Hello answer = await one.ReceiveHelloAsync();
        Assert.Equal((HelloOutcome.Accepted, FrameFormat.OldestVersion), (answer.Outcome, answer.Version));
        await received.UntilReceived(9);
        Assert.All(received.Received, static one => Assert.Equal((MessageKind.PreVoteRequest, 1UL, 2UL), (one.Message.Kind, one.Message.From, one.Message.To)));

        HelloReader reader = new();
        Hello hello = default;
        for (int taken = 0, count; taken < sent.Length; taken += count)
        {
            count = reader.Free.Length;
            sent.AsSpan(taken, count).CopyTo(reader.Free);
            if (reader.Add(count, out hello))
            {
                break;
            }
        }

        RaftHandshake handshake = hello.Identity.Handshake!;
        Assert.Equal("1 2", string.Join(" ", handshake.InitialVoters));
        Assert.Equal((ClusterVersions.First, 4096), (handshake.ClusterVersion, handshake.MaxCommandBytes));
    }

    private static byte[] Frame(in Message message, ushort version, byte[] body)
    {
        byte[] frame = new byte[FrameFormat.HeaderBytes + body.Length];
        FrameFormat.Write(frame, in message, Sample.Cluster, Sample.Group, body.Length, version);
        return frame;
    }

    private static async Task<RawPeer> AcceptAsync(Socket listener) => new(await listener.AcceptAsync().WaitAsync(RecordingReceiver.Deadline));

    private static async Task<Hello> HearAsync(RawPeer dialer) => await dialer.ReceiveHelloAsync();

    private Socket Listen(ulong node)
    {
        Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _peers[node] = listener.LocalEndPoint!;
        return listener;
    }

    private async Task<(TcpTransport Transport, RecordingReceiver Receiver)> StartAsync(
        ulong node, ushort newest = FrameFormat.Version, ulong group = Sample.Group)
    {
        TcpTransport transport = new(new TcpTransportOptions
        {
            ListenEndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            Peers = _peers,
            ReconnectDelayMin = TimeSpan.FromMilliseconds(5),
            ReconnectDelayMax = TimeSpan.FromMilliseconds(50),
            NewestVersion = newest,
            Logger = node == 1 ? _logger : null,
        });
        _transports.Add(transport);
        RecordingReceiver receiver = new();
        await transport.StartAsync(Sample.Identity(node) with { GroupId = group }, receiver, CancellationToken.None);
        _peers[node] = transport.LocalEndPoint;
        return (transport, receiver);
    }
}
