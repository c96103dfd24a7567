using System;
using System.Collections.Concurrent;
using System.Threading;
using System.Threading.Tasks;
using System.Threading.Tasks.Sources;

namespace RaftEngine.Bench.Cluster;

/// <summary>
/// Stands where a cluster stands, and ends every command on the thread pool at once: what a load costs by itself. It allocates nothing in steady state, as the engine does,
/// so that what is measured is the callers, their continuations and their recording.
/// </summary>
internal sealed class PooledEcho : IValueTaskSource<Applied<long>>, IThreadPoolWorkItem
{
    private const int Callers = 64;

    private readonly ConcurrentQueue<PooledEcho> _pool;
    private ManualResetValueTaskSourceCore<Applied<long>> _core;

    private PooledEcho(ConcurrentQueue<PooledEcho> pool)
    {
        _pool = pool;
    }

    /// <summary>Processor time that callers of a closed loop take for a command, in microseconds.</summary>
    /// <param name="time">How long to measure, after as long a time before.</param>
    public static async Task<double> MeasureCallersAsync(TimeSpan time)
    {
        ConcurrentQueue<PooledEcho> pool = new();
        Recorder recorder = new();
        ClosedLoop<Applied<long>> load = new(() => (pool.TryDequeue(out PooledEcho? free) ? free : new PooledEcho(pool)).Begin(), static () => true, Callers, recorder);
        load.Start();
        await Task.Delay(time).ConfigureAwait(false);
        TimeSpan before = Environment.CpuUsage.TotalTime;
        recorder.Begin();
        await Task.Delay(time).ConfigureAwait(false);
        recorder.End();
        TimeSpan taken = Environment.CpuUsage.TotalTime - before;
        await load.StopAsync().ConfigureAwait(false);
        return taken.TotalMicroseconds / Math.Max(1, recorder.Completed);
    }

    /// <inheritdoc/>
    public void Execute() => _core.SetResult(default);

    /// <inheritdoc/>
    public Applied<long> GetResult(short token)
    {
        Applied<long> result = _core.GetResult(token);
        _pool.Enqueue(this);
        return result;
    }

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private ValueTask<Applied<long>> Begin()
    {
        _core.Reset();
        ValueTask<Applied<long>> wait = new(this, _core.Version);
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return wait;
    }
}
