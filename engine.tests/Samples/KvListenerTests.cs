using System;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using RaftEngine.Samples.Kv.Server;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Samples;

public class KvListenerTests
{
    [Fact]
    public async Task Clients_are_served_over_sockets_and_let_go_when_the_listener_stops()
    {
        int port = FreePorts.Take(1)[0];
        await using KvListener listener = await KvListener.StartAsync(
            new IPEndPoint(IPAddress.Loopback, port), new KvService(new FakeReplica(), PeerMap.Parse("1=localhost:1")), NullLoggerFactory.Instance, CancellationToken.None);
        using RespClient first = await RespClient.ConnectAsync(port);
        using RespClient second = await RespClient.ConnectAsync(port);
        Assert.Equal("+OK", await first.AskAsync("SET k v"));
        Assert.Equal("v", await second.AskAsync("GET k"));

        // Each is numbered when it is first served, which need not be the order in which they connected.
        string firstId = await first.AskAsync("CLIENT ID");
        Assert.StartsWith(":", firstId);
        Assert.NotEqual(firstId, await second.AskAsync("CLIENT ID"));
        Assert.Equal(firstId, await first.AskAsync("CLIENT ID"));
        await second.SendAsync("*1\r\n$-7\r\n");
        Assert.Equal("-ERR Protocol error: invalid bulk length", await second.ReadReplyAsync());
        Assert.True(await second.IsEndedAsync());

        await listener.StopAsync();
        Assert.True(await first.IsEndedAsync());
    }

    [Fact]
    public async Task A_value_of_a_megabyte_passes_through_a_socket()
    {
        int port = FreePorts.Take(1)[0];
        await using KvListener listener = await KvListener.StartAsync(
            new IPEndPoint(IPAddress.Loopback, port), new KvService(new FakeReplica(), PeerMap.Parse("1=localhost:1")), NullLoggerFactory.Instance, CancellationToken.None);
        using RespClient client = await RespClient.ConnectAsync(port);
        string value = new('v', 1_000_000);
        await client.SendAsync($"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${value.Length}\r\n{value}\r\n");
        Assert.Equal("+OK", await client.ReadReplyAsync());
        Assert.Equal(value, await client.AskAsync("GET k"));
    }
}
