using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using RaftEngine.Samples.Kv.Server;
using Xunit;

namespace RaftEngine.Tests.Samples;

/// <summary>Three replicas with real logs and sockets, and clients that speak to them through sockets.</summary>
public sealed class KvServerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("raft-kv-test-");
    private readonly int[] _ports = FreePorts.Take(6);
    private readonly KvServer?[] _servers = new KvServer?[3];

    public async Task InitializeAsync()
    {
        for (int i = 0; i < _servers.Length; i++)
        {
            await StartAsync(i);
        }
    }

    public async Task DisposeAsync()
    {
        for (int i = 0; i < _servers.Length; i++)
        {
            await StopAsync(i);
        }

        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task The_leader_serves_and_the_others_name_it()
    {
        int leader = await LeaderAsync();
        using RespClient client = await RespClient.ConnectAsync(RedisPort(leader));
        Assert.Equal("+OK", await client.AskAsync("SET k 1"));
        Assert.Equal(":2", await client.AskAsync("INCR k"));
        Assert.Equal("2", await client.AskAsync("GET k"));

        string moved = string.Create(CultureInfo.InvariantCulture, $"-MOVED 0 127.0.0.1:{RedisPort(leader)}");
        foreach (int other in Enumerable.Range(0, 3).Where(i => i != leader))
        {
            using RespClient elsewhere = await RespClient.ConnectAsync(RedisPort(other));
            await Eventually(() => _servers[other]!.Status.LeaderId == (ulong)leader + 1);
            Assert.Equal(moved, await elsewhere.AskAsync("SET k 1"));
            Assert.Equal(moved, await elsewhere.AskAsync("GET k"));
            Assert.Equal("+PONG", await elsewhere.AskAsync("PING"));
            Assert.Contains("role:follower", await elsewhere.AskAsync("INFO raft"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_pipeline_of_writes_and_reads_is_answered_in_order()
    {
        using RespClient client = await RespClient.ConnectAsync(RedisPort(await LeaderAsync()));
        const int Rounds = 500;
        await client.SendAsync(string.Concat(Enumerable.Repeat("INCR n\r\nINCR n\r\nGET n\r\n", Rounds)));
        for (int i = 1; i <= Rounds; i++)
        {
            Assert.Equal($":{(2 * i) - 1}", await client.ReadReplyAsync());
            Assert.Equal($":{2 * i}", await client.ReadReplyAsync());
            Assert.Equal($"{2 * i}", await client.ReadReplyAsync());
        }
    }

    [Fact]
    public async Task Acknowledged_writes_survive_the_leader_and_a_restart_of_everything()
    {
        int first = await LeaderAsync();
        using (RespClient client = await RespClient.ConnectAsync(RedisPort(first)))
        {
            Assert.Equal("+OK", await client.AskAsync("SET kept yes"));
        }

        await StopAsync(first);
        int second = await LeaderAsync();
        using (RespClient client = await RespClient.ConnectAsync(RedisPort(second)))
        {
            Assert.Equal("yes", await client.AskAsync("GET kept"));
            Assert.Equal("+OK", await client.AskAsync("SET also yes"));
        }

        await StopAsync(0);
        await StopAsync(1);
        await StopAsync(2);
        await InitializeAsync();
        using (RespClient client = await RespClient.ConnectAsync(RedisPort(await LeaderAsync())))
        {
            Assert.Equal("yes", await client.AskAsync("GET kept"));
            Assert.Equal("yes", await client.AskAsync("GET also"));
        }

        await Eventually(() => _servers.Select(server => (server!.Status.CommitIndex, server.Status.AppliedIndex, server.Status.Fingerprint)).Distinct().Count() == 1);
    }

    private static async Task Eventually(Func<bool> condition)
    {
        using CancellationTokenSource patience = new(Patience);
        while (!condition())
        {
            await Task.Delay(5, patience.Token);
        }
    }

    /// <summary>Waits for a leader that can serve a read, so that its first entry is committed.</summary>
    private async Task<int> LeaderAsync()
    {
        using CancellationTokenSource patience = new(Patience);
        while (true)
        {
            int leader = Array.FindIndex(_servers, server => server?.Status.Role == RaftRole.Leader);
            if (leader >= 0)
            {
                using RespClient client = await RespClient.ConnectAsync(RedisPort(leader));
                if (await client.AskAsync("GET nothing") == "(nil)")
                {
                    return leader;
                }
            }

            await Task.Delay(5, patience.Token);
        }
    }

    private async Task StartAsync(int i)
    {
        ServeOptions options = new()
        {
            Id = (ulong)i + 1,
            Peers = PeerMap.Parse(Map(port: 0)),
            Redis = PeerMap.ParseEndPoint($"127.0.0.1:{RedisPort(i)}"),
            RedisPeers = PeerMap.Parse(Map(port: 3)),
            DataDirectory = Path.Combine(_directory.FullName, $"{i + 1}"),
        };
        _servers[i] = await KvServer.StartAsync(options, NullLoggerFactory.Instance, CancellationToken.None);
    }

    private async Task StopAsync(int i)
    {
        if (_servers[i] is { } server)
        {
            _servers[i] = null;
            await server.DisposeAsync();
        }
    }

    private int RedisPort(int i) => _ports[i + 3];

    private string Map(int port) => string.Join(',', Enumerable.Range(0, 3).Select(i => $"{i + 1}=127.0.0.1:{_ports[i + port]}"));
}
