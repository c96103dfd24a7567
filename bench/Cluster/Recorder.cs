using System;
using System.Diagnostics;
using System.Threading;
using RaftEngine.Samples.Kv.Measuring;

namespace RaftEngine.Bench.Cluster;

/// <summary>
/// Takes the latencies of a load, from any thread, and keeps those of the time that is measured. Recording allocates nothing, and threads on different processors
/// record into different memory.
/// </summary>
internal sealed class Recorder
{
    private readonly LatencyHistogram[] _byProcessor;

    // From when to when it is measured, in ticks of Stopwatch. Written by the one who measures, read by callers: a call that reads the old value belongs to the moment before.
    private long _from = long.MaxValue;
    private long _to = long.MaxValue;
    private long _completed;
    private long _failures;
    private long _overloads;

    public Recorder()
    {
        _byProcessor = new LatencyHistogram[Environment.ProcessorCount];
        for (int i = 0; i < _byProcessor.Length; i++)
        {
            _byProcessor[i] = new LatencyHistogram();
        }
    }

    /// <summary>How many commands ended while it was measured.</summary>
    public long Completed => Interlocked.Read(ref _completed);

    /// <summary>How many failed while it was measured: no leader, or outcome unknown.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>How often a command was refused because a queue was full, and was brought again.</summary>
    public long Overloads => Interlocked.Read(ref _overloads);

    /// <summary>From now on it is measured.</summary>
    public void Begin() => Volatile.Write(ref _from, Stopwatch.GetTimestamp());

    /// <summary>From now on it is not.</summary>
    public void End() => Volatile.Write(ref _to, Stopwatch.GetTimestamp());

    /// <summary>True if a moment is in the time that is measured.</summary>
    public bool Measures(long timestamp) => timestamp >= Volatile.Read(ref _from) && timestamp < Volatile.Read(ref _to);

    /// <summary>A command has ended now. Its latency counts if one moment of its life, by which the load is reckoned, is in the time that is measured.</summary>
    /// <param name="start">From when its latency runs.</param>
    /// <param name="now">Now.</param>
    /// <param name="reckonedAt">The moment that decides.</param>
    public void Ended(long start, long now, long reckonedAt)
    {
        if (Measures(now))
        {
            Interlocked.Increment(ref _completed);
        }

        if (Measures(reckonedAt))
        {
            _byProcessor[(uint)Thread.GetCurrentProcessorId() % (uint)_byProcessor.Length].Record(Stopwatch.GetElapsedTime(start, now));
        }
    }

    /// <summary>A command has failed.</summary>
    public void Failed() => CountWhileMeasured(ref _failures);

    /// <summary>A command was refused because a queue was full.</summary>
    public void Overloaded() => CountWhileMeasured(ref _overloads);

    /// <summary>All latencies that count. Call it after recording has ended.</summary>
    public LatencyHistogram Latencies()
    {
        LatencyHistogram all = new();
        foreach (LatencyHistogram part in _byProcessor)
        {
            all.Add(part);
        }

        return all;
    }

    private void CountWhileMeasured(ref long count)
    {
        if (Measures(Stopwatch.GetTimestamp()))
        {
            Interlocked.Increment(ref count);
        }
    }
}
