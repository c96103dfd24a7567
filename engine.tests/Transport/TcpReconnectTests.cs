using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Transport;

[Collection(RunsAlone.Name)]
public sealed class TcpReconnectTests : IAsyncLifetime
{
    // The delay is 5 ms at first and doubles with each failure; half of it may be left out.
    private const int Failures = 10;
    private static readonly TimeSpan ShortestDelayBehindThem = TimeSpan.FromMilliseconds(2.5 * (1 << (Failures - 1)));

    private readonly TcpNodes _nodes = new();
    private Socket? _listener;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _listener?.Dispose();
        await _nodes.StopAsync();
    }

    [Fact]
    public async Task A_peer_that_restarts_on_its_port_is_reached_again_in_both_directions()
    {
        (TcpTransport one, RecordingReceiver oneReceived) = await _nodes.StartAsync(1);
        (TcpTransport two, RecordingReceiver twoReceived) = await _nodes.StartAsync(2);
        for (int restart = 0; restart < 3; restart++)
        {
            await TcpNodes.ReachedAsync(one, 1, twoReceived, 2, restart);
            await TcpNodes.ReachedAsync(two, 2, oneReceived, 1, restart);
            int port = two.LocalEndPoint.Port;
            await two.DisposeAsync();
            (two, twoReceived) = await RestartAsync(2, port);
        }

        await TcpNodes.ReachedAsync(one, 1, twoReceived, 2, 100);
        await TcpNodes.ReachedAsync(two, 2, oneReceived, 1, 100);
    }

    [Fact]
    public async Task A_peer_that_connects_is_dialed_at_once_however_long_it_was_away()
    {
        (TcpTransport one, _) = await _nodes.StartAsync(1, reconnectDelayMax: TimeSpan.FromMinutes(1));
        await Eventually.True(
            () => _nodes.Logger.Lines(3004).Count(line => line.Contains("node 2", StringComparison.Ordinal)) >= Failures,
            "node 1 has tried in vain for a while, and waits long by now");
        int port = FreePorts.Take(1)[0];
        _nodes.Peers[2] = new IPEndPoint(IPAddress.Loopback, port); // before it connects: node 1 dials this address at once
        (_, RecordingReceiver received) = await _nodes.StartAsync(2, port);
        long started = Stopwatch.GetTimestamp();
        await TcpNodes.ReachedAsync(one, 1, received, 2, 1);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, ShortestDelayBehindThem);
    }

    [Fact]
    public async Task However_often_connections_are_torn_no_message_comes_twice_or_out_of_order_or_beside_another()
    {
        (TcpTransport one, _) = await _nodes.StartAsync(1);
        (TcpTransport two, RecordingReceiver received) = await _nodes.StartAsync(2);
        using CancellationTokenSource stop = new();
        Task sending = Task.Run(() =>
        {
            byte[] body = new byte[2000];
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                one.Send(Sample.Numbered(1, 2, i), body);
                one.Flush();
                Thread.Yield();
            }
        });
        for (int tear = 0; tear < 25; tear++)
        {
            await received.UntilReceived(received.Count + 50);
            using RawPeer impostor = await RawPeer.DialAsync(two.LocalEndPoint);
            try
            {
                await impostor.GreetAsync(Sample.Identity(1), 2);
            }
            catch (Exception exception) when (exception is EndOfStreamException or SocketException)
            {
                // Torn itself, by the node's next connection.
            }
        }

        await received.UntilReceived(received.Count + 50);
        await stop.CancelAsync();
        await sending;
        long[] numbers = [.. received.Received.Select(r => r.Message.Index)];
        for (int i = 1; i < numbers.Length; i++)
        {
            Assert.True(numbers[i] > numbers[i - 1], $"{numbers[i]} came after {numbers[i - 1]}.");
        }

        Assert.Equal(0, received.Overlaps);
    }

    [Fact]
    public async Task A_connection_into_a_black_hole_is_given_up_by_the_operating_system_in_the_same_time()
    {
        (TcpTransport one, _) = await _nodes.StartAsync(1);
        using Socket socket = TcpSockets.BeginConnect(
            one.LocalEndPoint,
            new TcpTransportOptions { ListenEndPoint = one.LocalEndPoint, Peers = _nodes.Peers, ProgressTimeout = TimeSpan.FromMilliseconds(4321) });
        Assert.True(socket.NoDelay);
        if (OperatingSystem.IsLinux())
        {
            const int userTimeout = 18;
            byte[] milliseconds = new byte[4];
            Assert.Equal(4, socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, userTimeout, milliseconds));
            Assert.Equal(4321, BitConverter.ToInt32(milliseconds));
        }
    }

    [Fact]
    public async Task A_peer_that_moves_is_found_at_its_new_address()
    {
        (TcpTransport one, _) = await _nodes.StartAsync(1, handshakeTimeout: TcpNodes.Soon);
        (TcpTransport two, _) = await _nodes.StartAsync(2);
        EndPoint old = two.LocalEndPoint;
        await two.DisposeAsync();
        using Socket squatter = TcpSockets.Listen((IPEndPoint)old);
        (_, RecordingReceiver received) = await _nodes.StartAsync(2);
        await TcpNodes.ReachedAsync(one, 1, received, 2, 1);
    }

    [Fact]
    public async Task A_peer_that_never_reads_is_dropped_and_dialed_again_and_what_waits_for_it_stays_bounded()
    {
        Listen(2);
        (TcpTransport one, RecordingReceiver received) = await _nodes.StartAsync(1, progressTimeout: TimeSpan.FromSeconds(1.5));
        using RawPeer peer = await AcceptAsync(2);
        await received.Until(() => received.UnreachableReports(2) == 1, "the connection was reported");
        byte[] body = new byte[64 << 10];
        int most = 0;
        while (one.Send(Sample.Full(MessageKind.AppendRequest, 1, 2), body))
        {
            one.Flush();
            most = Math.Max(most, one.FindOrAddPeer(2)!.Sender.PendingBytes);
        }

        Assert.InRange(most, 512 << 10, 1 << 20);

        await received.Until(() => received.UnreachableReports(2) == 2, "the loss of the connection was reported");
        await received.Until(() => _nodes.Logger.Lines(3006).Any(), "the loss was logged, before or after");
        using RawPeer again = await AcceptAsync(2);
        await received.Until(() => received.UnreachableReports(2) == 3, "the new connection was reported");
        Assert.Equal(0, one.FindOrAddPeer(2)!.Sender.PendingBytes);
        Assert.True(one.Send(Sample.Numbered(1, 2, 7), default));
        one.Flush();
        Assert.Equal(RawPeer.Frame(Sample.Numbered(1, 2, 7), []), await again.ReceiveAsync(FrameFormat.HeaderBytes));
    }

    [Fact]
    public async Task A_slow_reader_that_makes_progress_is_not_dropped()
    {
        Listen(2);
        (TcpTransport one, RecordingReceiver received) = await _nodes.StartAsync(1);
        using RawPeer peer = await AcceptAsync(2);
        await received.Until(() => received.UnreachableReports(2) == 1, "the connection was reported");
        byte[] body = Sample.Body(100_000, 1);
        int sent = 0;
        while (one.Send(Sample.Full(MessageKind.AppendRequest, 1, 2), body))
        {
            sent++;
            one.Flush();
        }

        byte[] expected = RawPeer.Frame(Sample.Full(MessageKind.AppendRequest, 1, 2), body);
        for (int i = 0; i < sent; i++)
        {
            Assert.True((await peer.ReceiveAsync(expected.Length)).AsSpan().SequenceEqual(expected));
        }

        Assert.Equal(1, received.UnreachableReports(2));
        Assert.True(one.Send(Sample.Numbered(1, 2, 7), default));
    }

    [Theory]
    [InlineData("silence")]
    [InlineData("garbage")]
    [InlineData("closes")]
    [InlineData("echo")]
    [InlineData("refusal")]
    [InlineData("other node")]
    [InlineData("other cluster")]
    public async Task A_process_that_does_not_answer_as_the_peer_is_not_accepted_and_the_peer_is_dialed_again(string answer)
    {
        Listen(2);
        (TcpTransport one, RecordingReceiver received) = await _nodes.StartAsync(1, handshakeTimeout: answer == "silence" ? TcpNodes.Soon : null);
        RaftIdentity two = Sample.Identity(2);
        Guid otherCluster = Guid.NewGuid();
        for (int attempt = 0; attempt < 2; attempt++)
        {
            using RawPeer peer = await AcceptSilentlyAsync();
            Hello hello = await peer.ReceiveHelloAsync();
            Assert.Equal((1UL, 2UL), (hello.Identity.NodeId, hello.AddressedId));
            switch (answer)
            {
                case "garbage":
                    await peer.SendAsync(Sample.Body(80, 1));
                    break;
                case "closes":
                    peer.Socket.Shutdown(SocketShutdown.Both);
                    break;
                case "echo":
                    await peer.SendAsync(RawPeer.Hello(hello.Identity, hello.AddressedId));
                    break;
                case "refusal":
                    await peer.SendAsync(RawPeer.Hello(two, 1, HelloOutcome.UnknownNode));
                    break;
                case "other node":
                    await peer.SendAsync(RawPeer.Hello(two with { NodeId = 3 }, 1, HelloOutcome.Accepted));
                    break;
                case "other cluster":
                    await peer.SendAsync(RawPeer.Hello(two with { ClusterId = otherCluster }, 1, HelloOutcome.Accepted));
                    break;
            }

            await peer.ClosedAsync();
            Assert.False(one.Send(Sample.Numbered(1, 2, 1), default));
            Assert.Equal(0, received.UnreachableReports(2));
        }

        // Said once, however often it is dialed. A third attempt is under way, so the second has been judged.
        using RawPeer third = await AcceptSilentlyAsync();
        Assert.Equal(answer is "silence" or "closes" ? 0 : 1, _nodes.Logger.Lines(3005).Count);
    }

    [Fact]
    public async Task A_peer_that_talks_back_on_the_sending_connection_is_dropped()
    {
        Listen(2);
        (_, RecordingReceiver received) = await _nodes.StartAsync(1);
        using RawPeer peer = await AcceptAsync(2);
        await peer.SendAsync([1]);
        await received.Until(() => received.UnreachableReports(2) == 2, "the loss of the connection was reported");
    }

    [Fact]
    public async Task Disposing_ends_while_a_send_is_stuck_and_a_handshake_pending()
    {
        Listen(2);
        (TcpTransport one, RecordingReceiver received) = await _nodes.StartAsync(1);
        using RawPeer peer = await AcceptAsync(2);
        await received.Until(() => received.UnreachableReports(2) == 1, "the connection was reported");
        while (one.Send(Sample.Full(MessageKind.AppendRequest, 1, 2), new byte[64 << 10]))
        {
            one.Flush();
        }

        using RawPeer silent = await RawPeer.DialAsync(one.LocalEndPoint);
        await one.DisposeAsync().AsTask().WaitAsync(RecordingReceiver.Deadline);
        Assert.Equal(0, one.IncomingCount);
        await silent.ClosedAsync();
    }

    [Fact]
    public async Task A_port_that_is_taken_is_an_error_of_the_start()
    {
        (TcpTransport one, _) = await _nodes.StartAsync(1);
        await using TcpTransport other = _nodes.Create(2, one.LocalEndPoint.Port);
        SocketException exception = await Assert.ThrowsAsync<SocketException>(
            async () => await other.StartAsync(Sample.Identity(2), new RecordingReceiver(), CancellationToken.None));
        Assert.Equal(SocketError.AddressAlreadyInUse, exception.SocketErrorCode);
        Assert.Throws<InvalidOperationException>(() => other.LocalEndPoint);
    }

    [Fact]
    public async Task A_message_that_no_frame_holds_is_refused_loudly()
    {
        (TcpTransport one, _) = await _nodes.StartAsync(1);
        Assert.Throws<ArgumentException>(() => one.Send(Sample.Full(MessageKind.AppendRequest, 1, 2), new byte[(1 << 20) - FrameFormat.HeaderBytes + 1]));
    }

    private async Task<(TcpTransport Transport, RecordingReceiver Receiver)> RestartAsync(ulong nodeId, int port)
    {
        // The port may be lent to an outgoing connection of somebody else for a moment.
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return await _nodes.StartAsync(nodeId, port);
            }
            catch (SocketException) when (attempt < 100)
            {
                await Task.Delay(50);
            }
        }
    }

    private void Listen(ulong nodeId)
    {
        _listener = TcpSockets.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Blocking = true;
        _nodes.Peers[nodeId] = _listener.LocalEndPoint!;
    }

    private async Task<RawPeer> AcceptSilentlyAsync() => new(await _listener!.AcceptAsync().WaitAsync(RecordingReceiver.Deadline));

    // A peer that knows no other lane than the ordinary one.
    private async Task<RawPeer> AcceptAsync(ulong nodeId)
    {
        RawPeer peer = await AcceptSilentlyAsync();
        Hello hello = await peer.ReceiveHelloAsync();
        while (hello.Lane != Lane.Ordinary)
        {
            peer.Dispose();
            peer = await AcceptSilentlyAsync();
            hello = await peer.ReceiveHelloAsync();
        }

        await peer.SendAsync(RawPeer.Hello(Sample.Identity(nodeId), hello.Identity.NodeId, HelloOutcome.Accepted));
        return peer;
    }
}
