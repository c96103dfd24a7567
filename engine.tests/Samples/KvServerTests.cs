using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using RaftEngine.Samples.Kv.Server;
using RaftEngine.Tests.Support;
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
    public async Task Every_replica_serves_and_names_the_leader_to_those_who_know_the_cluster()
    {
        Assert.Equal("+OK", await AskLeaderAsync("SET k 1"));
        Assert.Equal("+OK", await AskLeaderAsync("SET k 2"));
        Assert.Equal("2", await AskLeaderAsync("GET k"));

        // Any replica takes any command.
        for (int i = 0; i < 3; i++)
        {
            int replica = i;
            await Eventually(async () => await AskAsync(replica, $"SET other {replica}") == "+OK");
            Assert.Equal($"{replica}", await AskLeaderAsync("GET other"));
        }

        // The leader may change at any time on a busy machine: to clients that know the cluster, a replica must name
        // the one that leads while it is asked.
        await Eventually(async () =>
        {
            int leader = await LeaderAsync();
            string moved = string.Create(CultureInfo.InvariantCulture, $"-MOVED 7629 127.0.0.1:{RedisPort(leader)}");
            using RespClient client = await RespClient.ConnectAsync(RedisPort((leader + 1) % 3));
            await client.AskAsync("READWRITE");
            return await client.AskAsync("SET k 2") == moved;
        });

        // Reads are served by all of them, and are as fresh anywhere.
        await Eventually(async () => await AskAsync(0, "GET k") == "2" && await AskAsync(1, "GET k") == "2" && await AskAsync(2, "GET k") == "2");

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal("+PONG", await AskAsync(i, "PING"));
            Assert.Contains($"node_id:{i + 1}", await AskAsync(i, "INFO raft"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_key_ends_on_all_replicas_whichever_was_asked_to_set_it()
    {
        for (int i = 0; i < 3; i++)
        {
            int replica = i;
            await Eventually(async () => await AskAsync(replica, $"SET ends{replica} v PX 200") == "+OK");
            await Eventually(async () => await AskAsync(replica, $"SET stays{replica} v EX 100") == "+OK");
        }

        for (int i = 0; i < 3; i++)
        {
            int replica = i;
            await Eventually(async () => await AskAsync(replica, "EXISTS ends0 ends1 ends2") == ":0");
            Assert.Equal(":3", await AskLeaderAsync("EXISTS stays0 stays1 stays2"));
            await Eventually(async () => await AskAsync(replica, "TTL stays0") is ":100" or ":99" or ":98");
        }
    }

    [Fact]
    public async Task A_wiped_replica_comes_back_by_one_command_and_another_is_added()
    {
        Assert.Equal("+OK", await AskLeaderAsync("SET kept yes"));
        string cluster = await AskLeaderAsync("RAFT.CLUSTER");
        int leader = await LeaderAsync();
        int wiped = (leader + 1) % 3;
        await StopAsync(wiped);
        Directory.Delete(Path.Combine(_directory.FullName, $"{wiped + 1}"), recursive: true);
        if (wiped == 0)
        {
            // The replica that would make an id finds that there is one.
            ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(() => StartAsync(wiped));
            Assert.Contains($"--cluster {cluster}", refused.Message, StringComparison.Ordinal);
        }

        await StartAsync(wiped, Guid.Parse(cluster));
        await Eventually(() => Task.FromResult(_servers[wiped]!.Status.IsSuperseded));
        await Eventually(async () => await AskAsync((leader + 2) % 3, $"RAFT.REPLACE {wiped + 1}") == "+OK");
        await Eventually(() => Task.FromResult(_servers[wiped]!.Status is { IsSuperseded: false, Configuration.Voters.Length: 3 }));
        await Eventually(async () => await AskAsync(wiped, "GET kept") == "yes");

        int heir = (await LeaderAsync() + 1) % 3;
        await Eventually(async () => await AskAsync(heir, $"RAFT.TRANSFER {heir + 1}") == "+OK" || await LeaderAsync() == heir);
        Assert.Equal("-ERR replica 9 is no member", await AskLeaderAsync("RAFT.REMOVE 9"));
        Assert.StartsWith("-ERR the address of replica 9 is not known", await AskLeaderAsync("RAFT.ADD 9"), StringComparison.Ordinal);
        Assert.StartsWith("+OK index ", await AskAsync(wiped, "RAFT.SNAPSHOT"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipeline_of_writes_and_reads_is_answered_in_order()
    {
        int attempt = 0;
        await Eventually(async () =>
        {
            string key = $"n{++attempt}";
            using RespClient client = await RespClient.ConnectAsync(RedisPort(await LeaderAsync()));
            const int Rounds = 100;
            await client.SendAsync(string.Concat(Enumerable.Repeat($"INCR {key}\r\nINCR {key}\r\nGET {key}\r\n", Rounds)));
            for (int i = 1; i <= Rounds; i++)
            {
                foreach (string expected in (string[])[$":{(2 * i) - 1}", $":{2 * i}", $"{2 * i}"])
                {
                    string reply = await client.ReadReplyAsync();
                    if (IsLeaderless(reply))
                    {
                        return false; // The leader changed on the way; again, from the start.
                    }

                    Assert.Equal(expected, reply);
                }
            }

            return true;
        });
    }

    [Fact]
    public async Task Acknowledged_writes_survive_the_leader_and_a_restart_of_everything()
    {
        Assert.Equal("+OK", await AskLeaderAsync("SET kept yes"));
        await StopAsync(await LeaderAsync());
        Assert.Equal("yes", await AskLeaderAsync("GET kept"));
        Assert.Equal("+OK", await AskLeaderAsync("SET also yes"));

        await StopAsync(0);
        await StopAsync(1);
        await StopAsync(2);
        await InitializeAsync();
        Assert.Equal("yes", await AskLeaderAsync("GET kept"));
        Assert.Equal("yes", await AskLeaderAsync("GET also"));
        await Eventually(() => Task.FromResult(
            _servers.Select(server => (server!.Status.CommitIndex, server.Status.AppliedIndex, server.Status.Fingerprint)).Distinct().Count() == 1));
    }

    private static async Task Eventually(Func<Task<bool>> condition)
    {
        using CancellationTokenSource patience = new(Patience);
        while (!await condition())
        {
            await Task.Delay(5, patience.Token);
        }
    }

    /// <summary>Whether a reply says that the replica asked does not lead, or no longer does: all that these tests ask
    /// may then be asked again.</summary>
    private static bool IsLeaderless(string reply) =>
        reply.StartsWith("-MOVED", StringComparison.Ordinal)
        || reply.StartsWith("-CLUSTERDOWN", StringComparison.Ordinal)
        || reply.StartsWith("-UNKNOWN", StringComparison.Ordinal);

    private async Task<string> AskAsync(int replica, string request)
    {
        using RespClient client = await RespClient.ConnectAsync(RedisPort(replica));
        return await client.AskAsync(request);
    }

    private async Task<string> AskLeaderAsync(string request)
    {
        string reply = string.Empty;
        await Eventually(async () =>
        {
            reply = await AskAsync(await LeaderAsync(), request);
            return !IsLeaderless(reply);
        });
        return reply;
    }

    private async Task<int> LeaderAsync()
    {
        int leader = -1;
        await Eventually(() =>
        {
            leader = Array.FindIndex(_servers, server => server?.Status.Role == RaftRole.Leader);
            return Task.FromResult(leader >= 0);
        });
        return leader;
    }

    private async Task StartAsync(int i, Guid? cluster = null)
    {
        ServeOptions options = new()
        {
            Id = (ulong)i + 1,
            Peers = PeerMap.Parse(Map(port: 0)),
            Redis = PeerMap.ParseEndPoint($"127.0.0.1:{RedisPort(i)}"),
            RedisPeers = PeerMap.Parse(Map(port: 3)),
            DataDirectory = Path.Combine(_directory.FullName, $"{i + 1}"),
            Cluster = cluster,
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
