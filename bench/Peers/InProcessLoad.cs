using System;
using System.Diagnostics;
using System.Threading.Tasks;
using RaftEngine.Bench.Cluster;
using RaftEngine.Samples.Kv.Measuring;

namespace RaftEngine.Bench.Peers;

/// <summary>The load for systems that are driven from this process: the closed loop of <c>bench cluster</c>, the same for all of them.</summary>
internal static class InProcessLoad
{
    /// <summary>What it is.</summary>
    public const string Description = "a closed loop of asynchronous callers in one .NET process";

    /// <summary>Measures.</summary>
    /// <typeparam name="TResult">What a write gives back.</typeparam>
    /// <param name="write">Writes.</param>
    /// <param name="findLeader">Called when there is another leader than there was.</param>
    /// <param name="clients">How many callers.</param>
    /// <param name="time">How long; a fifth of it is not measured before.</param>
    public static async Task<PeerFigures> MeasureAsync<TResult>(Func<ValueTask<TResult>> write, Func<bool> findLeader, int clients, TimeSpan time)
    {
        Recorder recorder = new();
        ClosedLoop<TResult> load = new(write, findLeader, clients, recorder);
        GC.Collect();
        load.Start();
        await Task.Delay(time / 5).ConfigureAwait(false);
        recorder.Begin();
        long start = Stopwatch.GetTimestamp();
        await Task.Delay(time).ConfigureAwait(false);
        recorder.End();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        await load.StopAsync().ConfigureAwait(false);
        if (recorder.Failures > 0)
        {
            throw new InvalidOperationException($"{recorder.Failures} writes have failed while it was measured.");
        }

        LatencyHistogram latencies = recorder.Latencies();
        return new PeerFigures(recorder.Completed / elapsed.TotalSeconds, latencies.PercentileMicros(0.5), latencies.PercentileMicros(0.99), latencies.MaxMicros);
    }
}
