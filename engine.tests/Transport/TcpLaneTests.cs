using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Transport;

/// <summary>Bulk bytes hold up no sign of life: node 1 sends, node 2 is whatever the test makes of it.</summary>
[Collection(RunsAlone.Name)]
public sealed class TcpLaneTests : IAsyncLifetime
{
    private readonly TcpNodes _nodes = new();
    private readonly Socket _listener = TcpSockets.Listen(new IPEndPoint(IPAddress.Loopback, 0));

    public TcpLaneTests() => _listener.Blocking = true;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _listener.Dispose();
        await _nodes.StopAsync();
    }

    [Fact]
    public async Task Control_messages_pass_bulk_bytes_that_the_peer_does_not_read()
    {
        (TcpTransport one, RecordingReceiver received) = await StartAsync();
        using RawPeer ordinary = await AcceptAsync(Lane.Ordinary);
        await received.Until(() => received.UnreachableReports(2) == 1, "the connection was reported");
        using RawPeer control = await AcceptAsync(Lane.Control);
        await Eventually.True(() => _nodes.Logger.Lines(3014).Any(line => line.EndsWith("is up.", StringComparison.Ordinal)), "the control connection is up");
        while (one.Send(Sample.Full(MessageKind.AppendRequest, 1, 2), new byte[64 << 10]))
        {
            one.Flush();
        }

        Assert.True(one.Send(Sample.Numbered(1, 2, 7, MessageKind.HeartbeatRequest), default));
        one.Flush();
        Assert.Equal(RawPeer.Frame(Sample.Numbered(1, 2, 7, MessageKind.HeartbeatRequest), []), await control.ReceiveAsync(FrameFormat.HeaderBytes));
        Assert.Equal(1, received.UnreachableReports(2));
    }

    [Theory]
    [InlineData("closes")] // as one does that is older than lanes
    [InlineData("refuses")]
    [InlineData("takes it for the ordinary one")]
    public async Task A_peer_without_a_control_connection_gets_everything_by_the_ordinary_one(string answer)
    {
        (TcpTransport one, RecordingReceiver received) = await StartAsync();
        using RawPeer ordinary = await AcceptAsync(Lane.Ordinary);
        using RawPeer control = new(await _listener.AcceptAsync().WaitAsync(RecordingReceiver.Deadline));
        Hello hello = await control.ReceiveHelloAsync();
        Assert.Equal(Lane.Control, hello.Lane);
        if (answer != "closes")
        {
            await control.SendAsync(RawPeer.Hello(Sample.Identity(2), 1, answer == "refuses" ? HelloOutcome.OtherVersion : HelloOutcome.Accepted));
            await control.ClosedAsync();
        }

        control.Dispose();
        foreach (MessageKind kind in new[] { MessageKind.HeartbeatRequest, MessageKind.AppendRequest, MessageKind.VoteRequest })
        {
            Assert.True(one.Send(Sample.Numbered(1, 2, 1, kind), default));
            one.Flush();
            Assert.Equal(RawPeer.Frame(Sample.Numbered(1, 2, 1, kind), []), await ordinary.ReceiveAsync(FrameFormat.HeaderBytes));
        }

        Assert.Equal(1, received.UnreachableReports(2));
        Assert.Empty(_nodes.Logger.Lines(3005));
    }

    [Fact]
    public async Task The_loss_of_the_control_connection_disturbs_nothing_and_it_comes_back()
    {
        (TcpTransport one, RecordingReceiver received) = await StartAsync();
        using RawPeer ordinary = await AcceptAsync(Lane.Ordinary);
        for (int loss = 0; loss < 3; loss++)
        {
            using RawPeer control = await AcceptAsync(Lane.Control);
            await Eventually.True(() => _nodes.Logger.Lines(3014).Count(line => line.EndsWith("is up.", StringComparison.Ordinal)) > loss, "the control connection is up");
            Assert.True(one.Send(Sample.Numbered(1, 2, loss, MessageKind.HeartbeatRequest), default));
            one.Flush();
            Assert.Equal(RawPeer.Frame(Sample.Numbered(1, 2, loss, MessageKind.HeartbeatRequest), []), await control.ReceiveAsync(FrameFormat.HeaderBytes));
        }

        Assert.True(one.Send(Sample.Numbered(1, 2, 9), default));
        one.Flush();
        Assert.Equal(RawPeer.Frame(Sample.Numbered(1, 2, 9), []), await ordinary.ReceiveAsync(FrameFormat.HeaderBytes));
        Assert.Equal(1, received.UnreachableReports(2));
    }

    [Fact]
    public async Task Both_lanes_of_a_peer_are_received_and_a_second_connection_replaces_only_that_of_its_lane()
    {
        (TcpTransport one, RecordingReceiver received) = await _nodes.StartAsync(1);
        RaftIdentity identity = Sample.Identity(3);
        using RawPeer ordinary = await RawPeer.DialAsync(one.LocalEndPoint);
        using RawPeer first = await RawPeer.DialAsync(one.LocalEndPoint);
        using RawPeer second = await RawPeer.DialAsync(one.LocalEndPoint);
        Assert.Equal(Lane.Ordinary, (await ordinary.GreetAsync(identity, 1)).Lane);
        Assert.Equal(Lane.Control, (await first.GreetAsync(identity, 1, Lane.Control)).Lane);
        Assert.Equal(Lane.Control, (await second.GreetAsync(identity, 1, Lane.Control)).Lane);
        await first.ClosedAsync();
        await ordinary.SendAsync(RawPeer.Frame(Sample.Numbered(3, 1, 1), []));
        await second.SendAsync(RawPeer.Frame(Sample.Numbered(3, 1, 2), []));
        await received.UntilReceived(2);
        Assert.Equal([1, 2], received.Received.Select(r => r.Message.Index).Order());
    }

    [Fact]
    public async Task Control_connections_leave_every_peer_room_for_its_first()
    {
        (TcpTransport one, _) = await _nodes.StartAsync(1); // room for 8, and three peers
        RaftIdentity identity = Sample.Identity(3);
        System.Collections.Generic.List<RawPeer> open = [];
        for (ulong id = 2; id <= 3; id++)
        {
            foreach (Lane lane in new[] { Lane.Ordinary, Lane.Control })
            {
                open.Add(await RawPeer.DialAsync(one.LocalEndPoint));
                Assert.Equal(HelloOutcome.Accepted, (await open[^1].GreetAsync(Sample.Identity(id), 1, lane)).Outcome);
            }
        }

        open.ForEach(static peer => peer.Dispose());
    }

    [Fact]
    public async Task What_has_arrived_of_a_large_message_is_reported_until_the_control_connection_is_lost()
    {
        (TcpTransport one, RecordingReceiver received) = await _nodes.StartAsync(1);
        RaftIdentity identity = Sample.Identity(3);
        using RawPeer ordinary = await RawPeer.DialAsync(one.LocalEndPoint);
        await ordinary.GreetAsync(identity, 1);
        byte[] frame = RawPeer.Frame(Sample.Numbered(3, 1, 1), new byte[100_000]);
        await ordinary.SendAsync(frame[..50_000]);
        await received.Until(() => received.ArrivingReports > 0, "a part was reported");
        await Task.Delay(20);
        int reports = received.ArrivingReports;
        await ordinary.SendAsync(frame[50_000..50_001]);
        await received.Until(() => received.ArrivingReports > reports, "another part was reported");

        RawPeer control = await RawPeer.DialAsync(one.LocalEndPoint);
        await control.GreetAsync(identity, 1, Lane.Control);
        control.Dispose(); // as when the process dies, and its system sends what the other socket still holds
        await Eventually.True(() => one.FindOrAddPeer(3)!.HasLostControl, "the loss was noticed");
        reports = received.ArrivingReports;
        await Task.Delay(20); // long enough since the last report for another
        await ordinary.SendAsync(frame[50_001..50_002]);
        await Task.Delay(50); // it arrives alone
        await ordinary.SendAsync(frame[50_002..]);
        await received.UntilReceived(1);
        Assert.Equal(reports, received.ArrivingReports);
    }

    private Task<(TcpTransport Transport, RecordingReceiver Receiver)> StartAsync()
    {
        _nodes.Peers[2] = _listener.LocalEndPoint!;
        return _nodes.StartAsync(1);
    }

    private async Task<RawPeer> AcceptAsync(Lane lane)
    {
        RawPeer peer = new(await _listener.AcceptAsync().WaitAsync(RecordingReceiver.Deadline));
        Hello hello = await peer.ReceiveHelloAsync();
        Assert.Equal(lane, hello.Lane);
        await peer.SendAsync(RawPeer.Hello(Sample.Identity(2), 1, HelloOutcome.Accepted, lane: lane));
        return peer;
    }
}
