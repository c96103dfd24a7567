using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Bench.Peers;
using RaftEngine.Tests.Processes;
using RaftEngine.Tests.Support;
using Xunit;
using Xunit.Sdk;

namespace RaftEngine.Tests.Samples.Clients;

/// <summary>All clients at once at three replicas, of which the leader is then killed. Plain clients are told of a
/// replica that follows, those of a cluster of all three.</summary>
public sealed class ClientsFixture : IAsyncLifetime
{
    private const string SystemPython = "/usr/bin/python3"; // the one that packages of the system are for

    private static readonly string[] NodeKinds = ["ioredis", "ioredis-cluster", "redis", "redis-resp3", "redis-cluster"];
    private static readonly string[] PythonKinds = ["redis-py", "redis-py-cluster"];

    private readonly Dictionary<string, Task<ClientReport>> _reports = [];
    private readonly TaskCompletionSource _killed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ProcessCluster Cluster { get; } = new();

    /// <summary>Where a replica that lives serves clients.</summary>
    internal int LivingPort { get; private set; }

    public async Task InitializeAsync()
    {
        await Cluster.StartAsync();
        int leader = await Cluster.LeaderAsync();
        int[] followers = [.. ProcessCluster.Ids.Where(id => id != leader).Select(id => Cluster.ClientPorts[id - 1])];
        Task<string> node = NodeClients.EnsureInstalledAsync();
        List<Task> working = [];
        foreach (string kind in NodeKinds)
        {
            working.Add(Begin(kind, async () => new ScriptedClient("node", await node, kind, PortsOf(kind))));
        }

        foreach (string kind in PythonKinds)
        {
            working.Add(Begin(kind, async () => new ScriptedClient(await PythonAsync(), PythonScript, kind, PortsOf(kind))));
        }

        working.Add(Begin("StackExchange.Redis", () => Task.FromResult(new StackExchangeClient(Cluster.ClientPorts))));
        working.Add(Begin("StackExchange.Redis-one", () => Task.FromResult(new StackExchangeClient(followers[..1]))));
        await Task.WhenAll(working);

        // On a busy machine another may lead by now; a plain client cannot outlive the only replica that it knows of.
        await Eventually.True(async () => await Cluster.LeaderAsync() == leader || await TransferAsync(leader), () => $"replica {leader} leads again");
        int last = await Cluster.LeaderAsync();
        LivingPort = Cluster.ClientPorts[ProcessCluster.Ids.First(id => id != last) - 1];
        await Cluster.KillAsync(last);
        _killed.SetResult();
        await Task.WhenAll(_reports.Values).ContinueWith(static _ => { }, TaskScheduler.Default);
        return;

        IEnumerable<int> PortsOf(string kind) => kind.EndsWith("-cluster", StringComparison.Ordinal) ? Cluster.ClientPorts : followers;
    }

    public async Task DisposeAsync() => await Cluster.DisposeAsync();

    internal Task<ClientReport> ReportOf(string kind) => _reports[kind];

    private async Task<bool> TransferAsync(int to)
    {
        using RespConnection connection = await RespConnection.ConnectAsync(Cluster.ClientPorts[to - 1]);
        return (await connection.AskAsync("RAFT.TRANSFER", $"{to}"))[0] == "+OK";
    }

    private static string PythonScript => Path.Combine(Repository.Root, "engine.tests", "Samples", "Clients", "clients.py");

    private static async Task<string> PythonAsync()
    {
        string? python = File.Exists(SystemPython) ? SystemPython : Executable.Find("python3");
        using Process? import = python is null ? null : Process.Start(new ProcessStartInfo(python, ["-c", "import redis.cluster"]) { RedirectStandardError = true });
        if (import is not null)
        {
            await import.WaitForExitAsync();
        }

        return import?.ExitCode == 0 ? python! : throw SkipException.ForSkip("There is no python3 with redis-py (python3-redis).");
    }

    /// <summary>Starts a client.</summary>
    /// <returns>A task that ends when the client has done its work, or failed to: then its report says why.</returns>
    private Task Begin<T>(string kind, Func<Task<T>> create)
        where T : IClientUnderTest
    {
        TaskCompletionSource worked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _reports[kind] = Task.Run(async () =>
        {
            try
            {
                await using T client = await create();
                await client.WorkAsync();
                worked.SetResult();
                await _killed.Task;
                return await client.OutliveAsync();
            }
            finally
            {
                worked.TrySetResult();
            }
        });
        return worked.Task;
    }
}
