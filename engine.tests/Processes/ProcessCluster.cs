using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;

namespace RaftEngine.Tests.Processes;

/// <summary>Three replicas, each a process with a data directory, on loopback. Ids are 1 to 3. When it is disposed of, no process is left.</summary>
internal sealed class ProcessCluster : IAsyncDisposable
{
    private const int Size = 3;

    private readonly bool _withStranger;
    private readonly TemporaryDirectory _directory = new();
    private readonly ReplicaProcess?[] _replicas = new ReplicaProcess?[Size + 1];

    /// <summary>A cluster whose replicas do not run yet.</summary>
    /// <param name="withStranger">True if a fourth node may connect that is no member.</param>
    public ProcessCluster(bool withStranger = false)
    {
        _withStranger = withStranger;
        int[] ports = FreePorts.Take(2 * Size);
        PeerPorts = ports[..Size];
        ClientPorts = ports[Size..];
    }

    /// <summary>The id that all replicas are given.</summary>
    public static Guid ClusterId { get; } = Guid.NewGuid();

    public static int[] Ids { get; } = [.. Enumerable.Range(1, Size)];

    /// <summary>Where the other replicas connect.</summary>
    public int[] PeerPorts { get; }

    /// <summary>Where clients are served.</summary>
    public int[] ClientPorts { get; }

    /// <summary>The kv.dll that a replica runs from its next start on, by id; null for this release's.</summary>
    public string?[] Assemblies { get; } = new string?[Size + 1];

    public string DataDirectory(int id) => _directory.Sub(id.ToString(CultureInfo.InvariantCulture));

    public Task StartAsync() => Task.WhenAll(Ids.Select(StartAsync));

    public async Task StartAsync(int id)
    {
        ReplicaProcess replica = Launch(id, PeerPorts, ClientPorts);
        _replicas[id] = replica;
        await replica.ServesAsync();
    }

    /// <summary>Starts a replica that is expected to refuse, on its own directory but on unused ports.</summary>
    /// <returns>Its exit code and what it said.</returns>
    public async Task<(int ExitCode, string Said)> StartRefusedAsync(int id)
    {
        int[] ports = FreePorts.Take(2 * Size);
        await using ReplicaProcess replica = Launch(id, ports[..Size], ports[Size..]);
        return (await replica.ExitAsync(), replica.Said);
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync(int id)
    {
        ReplicaProcess replica = Running(id);
        _replicas[id] = null;
        await replica.DisposeAsync();
    }

    /// <summary>SIGSTOP.</summary>
    public void Pause(int id) => Running(id).Pause();

    /// <summary>SIGTERM, and waits for the end.</summary>
    /// <returns>The exit code, and what the replica had said.</returns>
    public async Task<(int ExitCode, string Said)> StopAsync(int id)
    {
        await using ReplicaProcess replica = Running(id);
        _replicas[id] = null;
        replica.Terminate();
        return (await replica.ExitAsync(), replica.Said);
    }

    public async Task<RaftInfo> InfoAsync(int id)
    {
        using RespConnection connection = await RespConnection.ConnectAsync(ClientPorts[id - 1]);
        return RaftInfo.Parse((await connection.AskAsync("INFO", "raft"))[0]!);
    }

    /// <summary>The replica that leads.</summary>
    public async Task<int> LeaderAsync()
    {
        int leader = 0;
        await Eventually.True(
            async () =>
            {
                long term = -1;
                foreach (int id in Ids.Where(id => _replicas[id] is not null))
                {
                    RaftInfo info = await InfoAsync(id);
                    if (info.Role == "leader" && info.Term > term)
                    {
                        (leader, term) = (id, info.Term);
                    }
                }

                return term >= 0;
            },
            () => "a leader");
        return leader;
    }

    /// <summary>Waits until all three have committed and applied the same log.</summary>
    public async Task<RaftInfo> ConvergeAsync()
    {
        RaftInfo[] infos = [];
        await Eventually.True(
            async () =>
            {
                infos = await Task.WhenAll(Ids.Select(InfoAsync));
                return infos.All(info => info.Agrees(infos[0]));
            },
            () => $"equal logs: {string.Join(" | ", infos.AsEnumerable())}");
        return infos[0];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ReplicaProcess replica in _replicas.OfType<ReplicaProcess>())
        {
            await replica.DisposeAsync();
        }

        _directory.Dispose();
    }

    private static string Map(int[] ports) => string.Join(',', Ids.Select(id => $"{id}=127.0.0.1:{ports[id - 1]}"));

    private ReplicaProcess Running(int id) => _replicas[id] ?? throw new InvalidOperationException($"Replica {id} does not run.");

    private ReplicaProcess Launch(int id, int[] peerPorts, int[] clientPorts) => ReplicaProcess.Start(
        Assemblies[id],
        "--id", id.ToString(CultureInfo.InvariantCulture),
        "--peers", Map(peerPorts) + (_withStranger ? ",4=127.0.0.1:1" : string.Empty),
        "--voters", "1", "2", "3",
        "--redis", $"127.0.0.1:{clientPorts[id - 1]}",
        "--redis-peers", Map(clientPorts),
        "--cluster", ClusterId.ToString(),
        "--data", DataDirectory(id));
}
