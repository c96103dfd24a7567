using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using RaftEngine.Samples.Kv;
using RaftEngine.Samples.Kv.Server;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Samples;

/// <summary>The sample's way through two disasters, by its command line: all replicas lost but for a backup, and two of
/// three lost.</summary>
public sealed class KvDisasterTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly int[] _ports = FreePorts.Take(6);
    private readonly KvServer?[] _servers = new KvServer?[3];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Keys_outlive_the_loss_of_all_replicas_and_then_of_two()
    {
        Guid cluster = Guid.NewGuid();
        await StartAllAsync("old", cluster: null, voters: null);
        await SetAsync("a", "1");
        Assert.Equal("+OK", await UntilAnsweredAsync(2, "SAVE"));
        await StopAllAsync();

        Assert.Equal(ExitCodes.Success, await RunAsync($"restore --id 1 --data {Data("new", 0)} --cluster {cluster} --join 2 3 --backup {_directory.Sub("backup3")}"));
        Assert.Equal(ExitCodes.Failure, await RunAsync($"restore --id 1 --data {Data("new", 0)} --cluster {cluster} --backup {_directory.Sub("backup3")}"));
        await StartAllAsync("new", cluster, [1]);
        Assert.Equal(["1", "1", "1"], await GetAllAsync("a"));
        await SetAsync("b", "2");
        Assert.Equal(["2", "2", "2"], await GetAllAsync("b"));
        await StopAllAsync();

        Directory.Delete(Data("new", 1), recursive: true);
        Directory.Delete(Data("new", 2), recursive: true);
        string recover = $"recover --id 1 --data {Data("new", 0)} --cluster {cluster} --voters 1 --join 2 3 --accept-loss acknowledged-commands";
        Assert.Equal(ExitCodes.Success, await RunAsync(recover));
        Assert.Equal(ExitCodes.Failure, await RunAsync(recover));
        await StartAllAsync("new", cluster, [1]);
        Assert.Equal(["2", "2", "2"], await GetAllAsync("b"));
        await StopAllAsync();
    }

    private static Task<int> RunAsync(string arguments) => Program.Main(arguments.Split(' '));

    private string Data(string generation, int i) => _directory.Sub($"{generation}{i + 1}");

    private async Task StartAllAsync(string generation, Guid? cluster, ulong[]? voters)
    {
        for (int i = 0; i < _servers.Length; i++)
        {
            ServeOptions options = new()
            {
                Id = (ulong)i + 1,
                Peers = PeerMap.Parse(Map(port: 0)),
                Redis = PeerMap.ParseEndPoint($"127.0.0.1:{_ports[i + 3]}"),
                RedisPeers = PeerMap.Parse(Map(port: 3)),
                DataDirectory = Data(generation, i),
                Cluster = cluster,
                Voters = voters,
                Backup = _directory.Sub($"backup{i + 1}"),
            };
            _servers[i] = await KvServer.StartAsync(options, NullLoggerFactory.Instance, CancellationToken.None);
        }

        await Eventually.True(() => _servers.All(static server => server!.Status.Configuration is { IsJoint: false, Voters.Length: 3 }), "all three vote");
    }

    private async Task StopAllAsync()
    {
        foreach (KvServer? server in _servers)
        {
            await server!.DisposeAsync();
        }
    }

    private Task SetAsync(string key, string value) => Eventually.True(
        async () => await AskAsync(0, $"SET {key} {value}") == "+OK" || await AskAsync(1, $"SET {key} {value}") == "+OK" || await AskAsync(2, $"SET {key} {value}") == "+OK",
        () => $"{key} is set");

    private async Task<string[]> GetAllAsync(string key) =>
        [await UntilAnsweredAsync(0, $"GET {key}"), await UntilAnsweredAsync(1, $"GET {key}"), await UntilAnsweredAsync(2, $"GET {key}")];

    private async Task<string> UntilAnsweredAsync(int i, string request)
    {
        string reply = "";
        await Eventually.True(
            async () =>
            {
                reply = await AskAsync(i, request);
                return !reply.StartsWith("-MOVED", StringComparison.Ordinal) && !reply.StartsWith("-CLUSTERDOWN", StringComparison.Ordinal);
            },
            () => reply);
        return reply;
    }

    private async Task<string> AskAsync(int i, string request)
    {
        using RespClient client = await RespClient.ConnectAsync(_ports[i + 3]);
        return await client.AskAsync(request);
    }

    private string Map(int port) => string.Join(',', Enumerable.Range(0, 3).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i + 1}=127.0.0.1:{_ports[i + port]}")));
}
