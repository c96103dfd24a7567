using System;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;
using RaftEngine.Bench.Baselines;
using RaftEngine.Bench.Log;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Peers;

/// <summary>FasterLog, as it is fastest when every entry is durable.</summary>
internal sealed class FasterPeer : IPeer
{
    private readonly ZeroedFile _file;
    private readonly FileDevice _device;

    public FasterPeer(Workspace workspace)
    {
        _file = new ZeroedFile(workspace.NewPath(), FasterLogs.FileBytes);
        _device = new FileDevice(_file, isSynced: true);
    }

    /// <inheritdoc/>
    public string System => "FasterLog";

    /// <inheritdoc/>
    public int Nodes => 1;

    /// <inheritdoc/>
    public string Durability => "Every entry is synced with fdatasync, as its group; a log alone, without consensus, state machine or results.";

    /// <inheritdoc/>
    public string Driver => $"{InProcessLoad.Description}, in which it is embedded";

    /// <inheritdoc/>
    public async Task<PeerFigures> MeasureAsync(int payload, int clients, TimeSpan time)
    {
        byte[] entry = new byte[payload];
        Random.Shared.NextBytes(entry);
        using FasterCommit log = new(_device); // no longer than it is driven: its thread never rests
        return await InProcessLoad.MeasureAsync(() => AppendAsync(log, entry), static () => true, clients, time).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _device.Dispose();
        _file.Dispose();
        return ValueTask.CompletedTask;
    }

    // Pooled, so that it is not charged with what only this loop needs.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<bool> AppendAsync(FasterCommit log, ReadOnlyMemory<byte> entry)
    {
        await log.AppendAsync(null!, entry).ConfigureAwait(false);
        return true;
    }
}
