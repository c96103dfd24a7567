using System;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using RaftEngine.Samples.Kv.Resp;
using RaftEngine.Samples.Kv.Server;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Samples;

/// <summary>What clients can make a replica hold, and for how long.</summary>
public class KvBoundsTests
{
    private const int MostUnread = 256 << 10;

    [Fact]
    public async Task Replies_are_made_as_they_are_read()
    {
        FakeReplica replica = new();
        await using ConnectionUnderTest connection = new(ConnectionUnderTest.ServiceOf(replica, new KvLimits()), clientBufferBytes: 64 << 10);
        await connection.SendAsync(Request("SET", "big", new string('B', 1_000_000)));
        Assert.Equal("+OK\r\n", await connection.ReadAsync(5));
        await connection.SendAsync(Request(["MGET", .. Enumerable.Repeat("big", 50)]) + Request("PING"));
        long read = 0;
        for (long all = "*50\r\n".Length + (50 * (1_000_000 + 12L)) + "+PONG\r\n".Length; read < all;)
        {
            Assert.InRange(connection.UnreadBytes, 0, MostUnread);
            read += (await connection.ReadAsync(1)).Length;
        }
    }

    [Fact]
    public async Task A_value_that_is_too_long_is_an_error_on_an_open_connection()
    {
        await using ConnectionUnderTest connection = new(new FakeReplica());
        const string Error = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n";
        string replies = await connection.AskAsync(Request("SET", "k", new string('v', RespLimits.MaxBulkBytes + 1)) + Request("PING"), Error.Length + 7);
        Assert.Equal(Error + "+PONG\r\n", replies);
        replies = await connection.AskAsync("MULTI\r\n" + Request("SET", "k", new string('v', RespLimits.MaxBulkBytes + 1)) + "EXEC\r\n", 100);
        Assert.Equal("+OK\r\n" + Error + "-EXECABORT Transaction discarded because of previous errors.\r\n", replies);
    }

    [Fact]
    public async Task Unfinished_requests_share_a_bound()
    {
        KvService service = ConnectionUnderTest.ServiceOf(new FakeReplica(), new KvLimits { MaxHeldBytes = 1 << 20 });
        string half = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2000000\r\n" + new string('v', 700_000);
        await using ConnectionUnderTest first = new(service);
        await first.SendAsync(half);
        await Eventually.True(() => service.Held.Held > 600_000, "the first request is held");
        await using ConnectionUnderTest second = new(service);
        await second.SendAsync(half);
        Assert.Equal("-ERR too many bytes are held for clients; try again later\r\n", await second.ReadToEndAsync());
        await first.SendAsync(new string('v', 1_300_000) + "\r\n");
        Assert.Equal("+OK\r\n", await first.ReadAsync(5));
        await Eventually.True(() => service.Held.Held == 0, "nothing is held any more");
    }

    [Fact]
    public async Task A_list_of_values_counts_against_the_bound()
    {
        KvService service = ConnectionUnderTest.ServiceOf(new FakeReplica(), new KvLimits { MaxHeldBytes = 1 << 20 });
        await using ConnectionUnderTest connection = new(service);
        await connection.SendAsync(Request("MSET", "a", new string('a', 600_000), "b", new string('b', 600_000)));
        Assert.Equal("+OK\r\n", await connection.ReadAsync(5));
        const string Error = "-ERR too many bytes are held for clients; ask for less at once, or try again later\r\n";
        Assert.Equal(Error, await connection.AskAsync("MGET a b\r\n", Error.Length));
        Assert.Equal(600_000 + 15, (await connection.AskAsync("MGET a\r\n", 600_000 + 15)).Length);
        Assert.Equal(0, service.Held.Held);
    }

    [Fact]
    public async Task Half_a_request_and_a_silent_client_have_deadlines()
    {
        KvService service = new(new FakeReplica(), PeerMap.Parse("1=localhost:1"))
        {
            Limits = new KvLimits { RequestTimeout = TimeSpan.FromMilliseconds(300), IdleTimeout = TimeSpan.FromMilliseconds(300) },
        };
        int port = FreePorts.Take(1)[0];
        await using KvListener listener = await KvListener.StartAsync(
            new IPEndPoint(IPAddress.Loopback, port), service, NullLoggerFactory.Instance, CancellationToken.None);
        using RespClient half = await RespClient.ConnectAsync(port);
        using RespClient silent = await RespClient.ConnectAsync(port);
        await half.SendAsync("*2\r\n$3\r\nGET\r\n");
        Assert.True(await half.IsEndedAsync());
        Assert.True(await silent.IsEndedAsync());
        await Eventually.True(() => service.Connections.IsEmpty, "no connection is left");
    }

    [Fact]
    public async Task A_password_comes_first()
    {
        await using ConnectionUnderTest connection = new(new FakeReplica(), password: "open sesame");
        (string Request, string Reply)[] dialogue =
        [
            ("GET k", "-NOAUTH Authentication required.\r\n"),
            ("AUTH wrong", "-WRONGPASS invalid username-password pair or user is disabled.\r\n"),
            ("AUTH other \"open sesame\"", "-WRONGPASS invalid username-password pair or user is disabled.\r\n"),
            ("PING", "-NOAUTH Authentication required.\r\n"),
            ("AUTH \"open sesame\"", "+OK\r\n"),
            ("GET k", "$-1\r\n"),
            ("RESET", "+RESET\r\n"),
            ("GET k", "-NOAUTH Authentication required.\r\n"),
            ("HELLO 2", "-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be "
                + "used to authenticate the client and select the RESP protocol version at the same time\r\n"),
        ];
        foreach ((string request, string reply) in dialogue)
        {
            Assert.Equal(reply, await connection.AskAsync(request + "\r\n", reply.Length));
        }

        Assert.StartsWith("%7\r\n", await connection.AskAsync("HELLO 3 AUTH default \"open sesame\"\r\n", 100), StringComparison.Ordinal);
        Assert.Equal("_\r\n", await connection.AskAsync("GET k\r\n", 3));
    }

    [Fact]
    public async Task Words_of_http_end_the_connection_and_do_nothing()
    {
        FakeReplica replica = new();
        await using (ConnectionUnderTest connection = new(replica))
        {
            await connection.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\nSET hacked yes\r\n");
            Assert.Equal(string.Empty, await connection.ReadToEndAsync());
        }

        Assert.Equal(0, replica.Store.CountOf(0).Keys);
    }

    private static string Request(params string[] words)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"*{words.Length}\r\n");
        foreach (string word in words)
        {
            text.Append(CultureInfo.InvariantCulture, $"${word.Length}\r\n{word}\r\n");
        }

        return text.ToString();
    }
}
