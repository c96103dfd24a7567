using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;
using RaftEngine.Samples.Kv.Measuring;

namespace RaftEngine.Bench.Peers;

/// <summary>Three processes of <c>samples/kv</c>, driven at their leader.</summary>
internal sealed class KvPeer : IPeer
{
    private const int Size = 3;

    private readonly List<PeerProcess> _processes = [];
    private readonly IPEndPoint[] _clientEndPoints;
    private int _leaderPort;

    private KvPeer(IPEndPoint[] clientEndPoints)
    {
        _clientEndPoints = clientEndPoints;
    }

    /// <inheritdoc/>
    public string System => "samples/kv";

    /// <inheritdoc/>
    public int Nodes => Size;

    /// <inheritdoc/>
    public string Durability => "RaftEngine behind the Redis protocol: every write is synced with fdatasync on a majority, as its group.";

    /// <inheritdoc/>
    public string Driver => $"{RedisBenchmark.Description}, at the leader";

    /// <summary>What is missing for it; null if nothing is.</summary>
    public static string? Missing => Executable.Missing(RedisBenchmark.Package, RedisBenchmark.Program);

    /// <summary>Starts all three, and waits for a leader.</summary>
    public static async Task<IPeer> StartAsync(Workspace workspace)
    {
        IPEndPoint[] ports = LoopbackPorts.Take(2 * Size);
        KvPeer peer = new(ports[..Size]);
        try
        {
            for (int i = 0; i < Size; i++)
            {
                peer._processes.Add(PeerProcess.Start(
                    Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
                    "exec",
                    Path.Combine(AppContext.BaseDirectory, "kv.dll"),
                    "serve",
                    "--id", (i + 1).ToString(CultureInfo.InvariantCulture),
                    "--peers", MapOf(ports[Size..]),
                    "--redis", ports[i].ToString(),
                    "--redis-peers", MapOf(ports[..Size]),
                    "--data", workspace.NewPath()));
            }

            await PeerProcess.UntilAsync(peer.FindLeaderAsync, peer._processes, "samples/kv has a leader").ConfigureAwait(false);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<PeerFigures> MeasureAsync(int payload, int clients, TimeSpan time)
    {
        await PeerProcess.UntilAsync(FindLeaderAsync, _processes, "samples/kv has a leader").ConfigureAwait(false);
        return await RedisBenchmark.MeasureAsync(_leaderPort, payload, clients, time).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (PeerProcess process in _processes)
        {
            await process.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static string MapOf(IPEndPoint[] endPoints) => string.Join(',', endPoints.Select(static (endPoint, i) => $"{i + 1}={endPoint}"));

    private async Task<bool> FindLeaderAsync()
    {
        foreach (IPEndPoint endPoint in _clientEndPoints)
        {
            string info = await RespQuestion.AskAsync(endPoint.Port, "INFO", "raft").ConfigureAwait(false);
            if (info.Contains("role:leader", StringComparison.Ordinal))
            {
                _leaderPort = endPoint.Port;
                return true;
            }
        }

        return false;
    }
}
