using System;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;
using Xunit;

namespace RaftEngine.Tests.Bench.Measuring;

public sealed class DelayingProxyTests : IDisposable
{
    private const int PatienceMilliseconds = 10_000;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _near = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _far;
    private readonly DelayingProxy _proxy;

    public DelayingProxyTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _proxy = new DelayingProxy(_listener.LocalEndPoint!);
        _near.Connect(_proxy.EndPoint);
        _far = _listener.Accept();
        _near.ReceiveTimeout = _far.ReceiveTimeout = _near.SendTimeout = _far.SendTimeout = PatienceMilliseconds;
    }

    [Fact]
    public async Task Bytes_come_out_as_they_went_in_and_not_before_the_delay()
    {
        _proxy.Link.Delay = new LinkDelay(20, JitterMilliseconds: 2, LossPercent: 1);
        byte[] sent = new byte[256 << 10];
        new Random(1).NextBytes(sent);
        byte[] received = new byte[sent.Length];

        long start = Stopwatch.GetTimestamp();
        Task sending = Task.Run(() => SendAll(_near, sent));
        ReceiveAll(_far, received.AsSpan(0, 1));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 10, double.MaxValue);
        ReceiveAll(_far, received.AsSpan(1));

        await sending;
        Assert.True(received.AsSpan().SequenceEqual(sent));
    }

    [Fact]
    public void A_question_and_its_answer_take_a_round_trip()
    {
        _proxy.Link.Delay = new LinkDelay(20);
        byte[] buffer = new byte[1];

        long start = Stopwatch.GetTimestamp();
        SendAll(_near, buffer);
        ReceiveAll(_far, buffer);
        SendAll(_far, buffer);
        ReceiveAll(_near, buffer);

        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 20, double.MaxValue);
    }

    [Fact]
    public void A_link_that_is_cut_passes_nothing_until_it_is_whole_again()
    {
        byte[] sent = [1, 2, 3];
        byte[] received = new byte[sent.Length];
        _proxy.Link.IsCut = true;
        SendAll(_near, sent);

        Assert.True(SpinWait.SpinUntil(() => _proxy.Link.MostBytes == sent.Length, PatienceMilliseconds));
        Assert.False(_far.Poll(50_000, SelectMode.SelectRead));
        _proxy.Link.IsCut = false;
        ReceiveAll(_far, received);

        Assert.Equal(sent, received);
    }

    [Fact]
    public void The_end_of_a_stream_follows_what_was_sent_before_and_leaves_the_other_way_open()
    {
        _proxy.Link.Delay = new LinkDelay(4);
        byte[] buffer = new byte[8];

        SendAll(_near, [1, 2]);
        _near.Shutdown(SocketShutdown.Send);
        ReceiveAll(_far, buffer.AsSpan(0, 2));
        Assert.Equal(0, _far.Receive(buffer));
        SendAll(_far, [3]);
        _far.Shutdown(SocketShutdown.Send);

        Assert.Equal(1, _near.Receive(buffer));
        Assert.Equal(0, _near.Receive(buffer));
    }

    [Fact]
    public void Unread_bytes_are_held_without_holding_up_the_sender()
    {
        byte[] sent = new byte[32 << 20]; // several times what two connections over loopback hold by themselves
        new Random(1).NextBytes(sent);
        byte[] received = new byte[sent.Length];

        SendAll(_near, sent);
        ReceiveAll(_far, received);

        Assert.True(received.AsSpan().SequenceEqual(sent));
        Assert.InRange(_proxy.Link.MostBytes, 1 << 20, 64 << 20);
    }

    [Fact]
    public void The_end_of_the_proxy_is_the_end_of_its_connections()
    {
        _proxy.Dispose();

        Assert.Equal(0, _near.Receive(new byte[1]));
        Assert.Equal(0, _far.Receive(new byte[1]));
    }

    public void Dispose()
    {
        _near.Dispose();
        _far.Dispose();
        _listener.Dispose();
        _proxy.Dispose();
    }

    private static void SendAll(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[socket.Send(bytes)..];
        }
    }

    private static void ReceiveAll(Socket socket, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int received = socket.Receive(bytes);
            Assert.NotEqual(0, received);
            bytes = bytes[received..];
        }
    }
}
