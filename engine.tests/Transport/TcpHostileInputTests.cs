using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO.Hashing;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Transport;

/// <summary>Node 1 is told all sorts of things; node 2 is an honest peer that must not notice.</summary>
[Collection(RunsAlone.Name)]
public sealed class TcpHostileInputTests : IAsyncLifetime
{
    private TcpNodes _nodes = new();
    private TcpTransport _target = null!;
    private RecordingReceiver _received = null!;
    private TcpTransport _honest = null!;

    public Task InitializeAsync() => StartAsync();

    public async Task DisposeAsync()
    {
        // Whatever was tried: the honest peer is still served over the connection that it had.
        await TcpNodes.ReachedAsync(_honest, 2, _received, 1, number: 999);
        Assert.Single(_nodes.Logger.Lines(3007), line => line.StartsWith("Node 2 is connected", StringComparison.Ordinal));
        Assert.DoesNotContain(_received.Received, r => r.Message.From != 2 && r.Message.Index != 5);
        Assert.Empty(_nodes.Logger.Lines(3013));
        await _nodes.StopAsync();
    }

    [Theory]
    [InlineData("OtherVersion")]
    [InlineData("OtherCluster")]
    [InlineData("OtherGroup")]
    [InlineData("OtherNode")]
    [InlineData("UnknownNode")]
    public async Task A_hello_that_does_not_fit_is_answered_with_the_reason_and_the_connection_closed(string outcome)
    {
        RaftIdentity self = Sample.Identity(3);
        byte[] hello = outcome switch
        {
            "OtherVersion" => RawPeer.Hello(self, 1, version: FrameFormat.Version + 1),
            "OtherCluster" => RawPeer.Hello(self with { ClusterId = Guid.NewGuid() }, 1),
            "OtherGroup" => RawPeer.Hello(self with { GroupId = 8 }, 1),
            "OtherNode" => RawPeer.Hello(self, 2),
            _ => RawPeer.Hello(self with { NodeId = 77 }, 1),
        };
        using RawPeer peer = await RawPeer.DialAsync(_target.LocalEndPoint);
        await peer.SendAsync(hello);
        Hello answer = await peer.ReceiveHelloAsync();
        Assert.Equal(outcome, answer.Outcome.ToString());
        Assert.Equal(Sample.Cluster, answer.Identity.ClusterId);
        Assert.Equal(1UL, answer.Identity.NodeId);
        await peer.ClosedAsync();
        string reason = outcome == "OtherVersion" ? "version 6 of the protocol" : outcome;
        await Eventually.True(() => _nodes.Logger.Lines(3008).Any(line => line.Contains(reason, StringComparison.Ordinal)), "the reason was logged");
    }

    [Fact]
    public async Task A_node_that_claims_to_be_this_node_is_refused()
    {
        using RawPeer peer = await RawPeer.DialAsync(_target.LocalEndPoint);
        Assert.Equal(HelloOutcome.SameId, (await peer.GreetAsync(Sample.Identity(1), 1)).Outcome);
        await peer.ClosedAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Garbage_is_not_answered(int seed)
    {
        using RawPeer peer = await RawPeer.DialAsync(_target.LocalEndPoint);
        const string Http = "GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nUser-Agent: somebody who has lost the way\r\n\r\n";
        await peer.SendAsync(seed == 1 ? Encoding.ASCII.GetBytes(Http) : Sample.Body(5000, seed));
        await peer.ClosedAsync();
    }

    [Fact]
    public async Task An_answer_where_a_dialers_hello_belongs_is_not_answered()
    {
        using RawPeer peer = await RawPeer.DialAsync(_target.LocalEndPoint);
        await peer.SendAsync(RawPeer.Hello(Sample.Identity(3), 1, HelloOutcome.Accepted));
        await peer.ClosedAsync();
    }

    [Fact]
    public async Task Half_a_hello_and_then_silence_ends_at_the_deadline()
    {
        await RestartAsync(handshakeTimeout: TcpNodes.Soon);
        using RawPeer peer = await RawPeer.DialAsync(_target.LocalEndPoint);
        await peer.SendAsync(RawPeer.Hello(Sample.Identity(3), 1)[..40]);
        await peer.ClosedAsync();
    }

    [Fact]
    public async Task A_hello_that_drips_in_ends_at_the_deadline()
    {
        await RestartAsync(handshakeTimeout: TcpNodes.Soon);
        using RawPeer peer = await RawPeer.DialAsync(_target.LocalEndPoint);
        await peer.DripUntilClosedAsync(RawPeer.Hello(Sample.Identity(3), 1));
    }

    [Theory]
    [InlineData("From")]
    [InlineData("To")]
    [InlineData("Cluster")]
    [InlineData("Group")]
    [InlineData("BodyLength")]
    [InlineData("Checksum")]
    [InlineData("Version")]
    [InlineData("Magic")]
    public async Task A_frame_that_does_not_fit_its_connection_ends_it_with_the_reason(string refusal)
    {
        Message message = Sample.Numbered(3, 1, 4);
        byte[] frame = refusal switch
        {
            "From" => RawPeer.Frame(message with { From = 2 }, []),
            "To" => RawPeer.Frame(message with { To = 2 }, []),
            "Cluster" => RawPeer.Frame(in message, [], clusterId: Guid.NewGuid()),
            "Group" => RawPeer.Frame(in message, [], groupId: 8),
            _ => RawPeer.Frame(in message, []),
        };
        switch (refusal)
        {
            case "BodyLength":
                BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(12), int.MaxValue);
                BinaryPrimitives.WriteUInt64LittleEndian(frame.AsSpan(160), Crc64.HashToUInt64(frame.AsSpan(0, 160)));
                break;
            case "Checksum":
                frame[64] ^= 1;
                break;
            case "Version":
                frame[4]++;
                break;
            case "Magic":
                frame = Sample.Body(400, 1);
                break;
        }

        using RawPeer peer = await GreetedAsync();

        // A good message before it is taken, one behind it is not.
        await peer.SendAsync([.. RawPeer.Frame(Sample.Numbered(3, 1, 5), []), .. frame, .. RawPeer.Frame(Sample.Numbered(3, 1, 6), [])]);
        await peer.ClosedAsync();
        await _received.Until(() => _received.Received.Count(r => r.Message.From == 3) == 1, "the good message was taken");
        await Eventually.True(() => _nodes.Logger.Lines(3009).Any(line => line.Contains($"refused for its {refusal}.", StringComparison.Ordinal)), "the reason was logged");
    }

    [Fact]
    public async Task A_frame_that_is_begun_and_not_gone_on_with_ends_at_the_deadline()
    {
        await RestartAsync(progressTimeout: TcpNodes.Soon);
        using RawPeer peer = await GreetedAsync();
        await peer.SendAsync(RawPeer.Frame(Sample.Numbered(3, 1, 4), new byte[1000])[..500]);
        await peer.ClosedAsync();
    }

    [Fact]
    public async Task A_frame_that_drips_in_ends_at_the_deadline()
    {
        await RestartAsync(progressTimeout: TcpNodes.Soon);
        using RawPeer peer = await GreetedAsync();
        await peer.DripUntilClosedAsync(RawPeer.Frame(Sample.Numbered(3, 1, 4), new byte[10_000]));
    }

    [Fact]
    public async Task A_connection_with_nothing_under_way_may_rest_longer_than_any_deadline()
    {
        await RestartAsync(handshakeTimeout: TimeSpan.FromSeconds(2), progressTimeout: TcpNodes.Soon);
        using RawPeer peer = await GreetedAsync();
        await peer.SendAsync(RawPeer.Frame(Sample.Numbered(3, 1, 5), new byte[1000]));
        using RawPeer dripping = await RawPeer.DialAsync(_target.LocalEndPoint);
        await dripping.SendAsync([1]);
        await dripping.ClosedAsync();

        // The longer deadline has passed since, and the shorter one several times.
        await peer.SendAsync(RawPeer.Frame(Sample.Numbered(3, 1, 5), new byte[1000]));
        await _received.Until(() => _received.Received.Count(r => r.Message.From == 3) == 2, "the second message was taken");
    }

    [Fact]
    public async Task A_frame_in_pieces_of_any_size_is_put_together()
    {
        using RawPeer peer = await GreetedAsync();
        byte[] frame = RawPeer.Frame(Sample.Numbered(3, 1, 5), Sample.Body(700, 5));
        for (int cut = 1; cut < frame.Length; cut += 37)
        {
            await peer.SendAsync(frame[..cut]);
            await peer.SendAsync(frame[cut..]);
        }

        int frames = (frame.Length - 1 + 36) / 37;
        await _received.Until(() => _received.Received.Count(r => r.Message.From == 3) == frames, "all frames were put together");
        Assert.All(_received.Received.Where(r => r.Message.From == 3), r => Assert.Equal(Sample.Body(700, 5), r.Body));
    }

    [Fact]
    public async Task A_flood_of_silent_connections_stays_within_the_cap_and_shuts_no_peer_out()
    {
        List<RawPeer> flood = [];
        try
        {
            for (int i = 0; i < 100; i++)
            {
                flood.Add(await RawPeer.DialAsync(_target.LocalEndPoint));
            }

            await Eventually.True(() => _target.IncomingCount <= 8, "the connections are within the cap");
            (TcpTransport third, _) = await _nodes.StartAsync(3);
            await TcpNodes.ReachedAsync(third, 3, _received, 1, number: 5);
        }
        finally
        {
            flood.ForEach(peer => peer.Dispose());
        }
    }

    [Fact]
    public async Task A_second_connection_from_a_node_replaces_the_first()
    {
        RaftIdentity identity = Sample.Identity(3);
        using RawPeer first = await GreetedAsync(identity);
        await first.SendAsync(RawPeer.Frame(Sample.Numbered(3, 1, 5), []));
        await _received.Until(() => _received.Received.Count(r => r.Message.From == 3) == 1, "the first connection carried a message");
        using RawPeer second = await GreetedAsync(identity);
        await first.ClosedAsync();
        await second.SendAsync(RawPeer.Frame(Sample.Numbered(3, 1, 5), []));
        await _received.Until(() => _received.Received.Count(r => r.Message.From == 3) == 2, "the second connection carried a message");
        Assert.Equal(identity.Incarnation, _target.FindOrAddPeer(3)!.Incarnation);
        Assert.Empty(_nodes.Logger.Lines(3011));
    }

    [Fact]
    public async Task A_busy_receiver_does_not_keep_the_second_connection_waiting()
    {
        RaftIdentity identity = Sample.Identity(3);
        using RawPeer first = await GreetedAsync(identity);
        bool offered = false;
        _received.Answer = message =>
        {
            offered |= message.From == 3;
            return message.From == 3 ? ReceiveResult.Busy : ReceiveResult.Accepted;
        };
        await first.SendAsync(RawPeer.Frame(Sample.Numbered(3, 1, 4), []));
        await _received.Until(() => offered, "the message was offered");
        using RawPeer second = await GreetedAsync(identity);
        await first.ClosedAsync();
        _received.Answer = static _ => ReceiveResult.Accepted;
        await second.SendAsync(RawPeer.Frame(Sample.Numbered(3, 1, 5), []));
        await _received.Until(() => _received.Received.Any(r => r.Message.From == 3), "the second connection carried a message");
    }

    [Fact]
    public async Task A_node_that_comes_back_with_another_data_directory_is_noticed()
    {
        using RawPeer first = await GreetedAsync();
        RaftIdentity clone = Sample.Identity(3);
        using RawPeer told = await RawPeer.DialAsync(_target.LocalEndPoint);
        Assert.Equal(HelloOutcome.SameId, (await told.GreetAsync(clone, 1)).Outcome); // while the first is still there
        await first.ClosedAsync();
        using RawPeer second = await GreetedAsync(clone);
        Assert.Equal(clone.Incarnation, _target.FindOrAddPeer(3)!.Incarnation);
        Assert.Contains(clone.Incarnation.ToString(), Assert.Single(_nodes.Logger.Lines(3011)), StringComparison.Ordinal);
    }

    private async Task StartAsync(TimeSpan? handshakeTimeout = null, TimeSpan? progressTimeout = null)
    {
        (_target, _received) = await _nodes.StartAsync(1, 0, handshakeTimeout, progressTimeout);
        (_honest, _) = await _nodes.StartAsync(2);
        await TcpNodes.ReachedAsync(_honest, 2, _received, 1, number: 0);
    }

    // Node 1 anew, with a deadline that is waited for.
    private async Task RestartAsync(TimeSpan? handshakeTimeout = null, TimeSpan? progressTimeout = null)
    {
        await _nodes.StopAsync();
        _nodes = new TcpNodes();
        await StartAsync(handshakeTimeout, progressTimeout);
    }

    private async Task<RawPeer> GreetedAsync(RaftIdentity? identity = null)
    {
        RawPeer peer = await RawPeer.DialAsync(_target.LocalEndPoint);
        Hello answer = await peer.GreetAsync(identity ?? Sample.Identity(3), 1);
        Assert.Equal(HelloOutcome.Accepted, answer.Outcome);
        Assert.Equal(3UL, answer.AddressedId);
        return peer;
    }
}
