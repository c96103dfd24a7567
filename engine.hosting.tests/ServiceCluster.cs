using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace RaftEngine.Hosting.Tests;

/// <summary>Three instances of a service, each a web host with a node, on loopback.</summary>
internal sealed class ServiceCluster : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("hosting-").FullName;
    private readonly Guid _clusterId = Guid.NewGuid();
    private readonly int[] _raftPorts = FreePorts(3);
    private readonly int[] _httpPorts = FreePorts(3);

    public Dictionary<int, WebApplication> Instances { get; } = [];

    public async Task StartAsync()
    {
        foreach (int id in Enumerable.Range(1, 3))
        {
            await StartAsync(id);
        }
    }

    public async Task<WebApplication> StartAsync(int id)
    {
        WebApplication instance = Build(id);
        Instances[id] = instance;
        await instance.StartAsync();
        return instance;
    }

    public IRaftNode<long> Node(int id) => Instances[id].Services.GetRequiredService<IRaftNode<long>>();

    public Uri Address(int id) => new($"http://127.0.0.1:{_httpPorts[id - 1]}");

    public async Task<int> LeaderAsync()
    {
        Task<RaftLeadership>[] waits = [.. Instances.Keys.Select(id => Node(id).WaitForLeadershipAsync())];
        Task<RaftLeadership> first = await Task.WhenAny(waits).WaitAsync(Patience);
        return Instances.Keys.ElementAt(Array.IndexOf(waits, first));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (WebApplication instance in Instances.Values)
        {
            await instance.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private WebApplication Build(int id)
    {
        Dictionary<string, string?> settings = new()
        {
            ["Raft:NodeId"] = id.ToString(CultureInfo.InvariantCulture),
            ["Raft:ClusterId"] = _clusterId.ToString(),
            ["Raft:DataDirectory"] = Path.Combine(_directory, $"{id}"),
            ["Raft:ElectionTimeout"] = "00:00:01",
            ["Raft:SegmentSizeBytes"] = "2097152",
        };
        foreach (int peer in Enumerable.Range(1, 3))
        {
            settings[$"Raft:Peers:{peer}"] = $"localhost:{_raftPorts[peer - 1]}";
            settings[$"Raft:HttpAddresses:{peer}"] = Address(peer).ToString();
        }

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Address(id).ToString());
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddRaft("tally", builder.Configuration.GetSection("Raft")).UseStateMachine<Tally, long>().UseTcp();
        WebApplication instance = builder.Build();
        instance.MapHealthChecks("/ready");
        instance.MapRaft("tally");
        instance.MapPost("/add/{amount:long}", async (long amount, IRaftNode<long> raft) => (await raft.ProposeAsync(BitConverter.GetBytes(amount))).Result)
            .RedirectToLeader("tally");
        return instance;
    }

    // Below the range that the system takes ephemeral ports from: what restarts finds its port free.
    private static int[] FreePorts(int count)
    {
        List<Socket> held = [];
        List<int> ports = [];
        while (ports.Count < count)
        {
            int port = Random.Shared.Next(20_000, 32_000);
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            held.Add(socket);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                ports.Add(port);
            }
            catch (SocketException)
            {
                // It is taken.
            }
        }

        held.ForEach(static socket => socket.Dispose());
        return [.. ports];
    }
}
