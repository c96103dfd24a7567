using System;
using System.Globalization;
using System.IO;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;
using RaftEngine.Samples.Kv.Measuring;

namespace RaftEngine.Bench.Peers;

/// <summary>One redis-server that syncs its append-only file before it answers.</summary>
internal sealed class RedisPeer : IPeer
{
    private readonly PeerProcess _process;
    private readonly int _port;

    private RedisPeer(PeerProcess process, int port, string version)
    {
        _process = process;
        _port = port;
        System = $"redis {version}";
    }

    /// <inheritdoc/>
    public string System { get; }

    /// <inheritdoc/>
    public int Nodes => 1;

    /// <inheritdoc/>
    public string Durability =>
        "appendonly yes, appendfsync always: every write is synced with fdatasync on one node, with all that came in the same turn of its loop.";

    /// <inheritdoc/>
    public string Driver => RedisBenchmark.Description;

    /// <summary>What is missing for it; null if nothing is.</summary>
    public static string? Missing => Executable.Missing(RedisBenchmark.Package, "redis-server", RedisBenchmark.Program);

    /// <summary>Starts it.</summary>
    public static async Task<IPeer> StartAsync(Workspace workspace)
    {
        int port = LoopbackPorts.Take(1)[0].Port;
        string directory = workspace.NewPath();
        Directory.CreateDirectory(directory);
        PeerProcess process = PeerProcess.Start(
            Executable.Find("redis-server")!,
            "--port", port.ToString(CultureInfo.InvariantCulture),
            "--bind", "127.0.0.1",
            "--dir", directory,
            "--appendonly", "yes",
            "--appendfsync", "always",
            "--auto-aof-rewrite-percentage", "0",
            "--save", "",
            "--daemonize", "no",
            "--loglevel", "warning");
        try
        {
            string info = "";
            await PeerProcess.UntilAsync(
                async () => (info = await RespQuestion.AskAsync(port, "INFO", "server").ConfigureAwait(false)).Contains("redis_version:", StringComparison.Ordinal),
                [process],
                "redis answers").ConfigureAwait(false);
            string version = info[(info.IndexOf("redis_version:", StringComparison.Ordinal) + "redis_version:".Length)..];
            return new RedisPeer(process, port, version[..version.IndexOf('\r', StringComparison.Ordinal)]);
        }
        catch
        {
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<PeerFigures> MeasureAsync(int payload, int clients, TimeSpan time) => RedisBenchmark.MeasureAsync(_port, payload, clients, time);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
