using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace RaftEngine.Pipeline;

/// <summary>
/// Samples where the time of commands goes: of every operation one use in so many, so that callers share no count. A command that is not sampled reads no clock. All samples
/// are made at the start; while too many are under way, none is begun.
/// </summary>
/// <remarks>
/// A sample travels with its operation and is stamped by the holder of that operation (<see cref="LatencySample"/>). No
/// stage waits for it; where there is none, a stage finds that out by one comparison.
/// </remarks>
internal sealed class LatencySampler
{
    /// <summary>How many samples are under way at the most.</summary>
    public const int MaxUnderWay = 1024;

    private readonly ConcurrentQueue<LatencySample> _free = new(); // grows to its size here, never again
    private readonly uint _every;
    private readonly Action<LatencySample> _sampled;
    private readonly Func<long> _clock;

    /// <summary>A sampler.</summary>
    /// <param name="every">One command in so many.</param>
    /// <param name="sampled">Called with each sample that is complete, on the thread that took the command's result. The sample is used again when it returns. Must not throw.
    /// </param>
    /// <param name="clock">The clock; null for that of <see cref="Stopwatch"/>.</param>
    public LatencySampler(int every, Action<LatencySample> sampled, Func<long>? clock = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(every, 1);
        _every = (uint)every;
        _sampled = sampled;
        _clock = clock ?? Stopwatch.GetTimestamp;
        for (int i = 0; i < MaxUnderWay; i++)
        {
            _free.Enqueue(new LatencySample(this));
        }
    }

    /// <summary>The time on its clock.</summary>
    public long Now => _clock();

    /// <summary>Begins a sample if it is this command's turn. The caller, before it publishes the operation to the loop.</summary>
    /// <param name="operation">The operation.</param>
    public void Begin(Operation operation)
    {
        if ((uint)operation.SamplerUses++ % _every == 0)
        {
            Take(operation);
        }
    }

    /// <summary>Takes a sample back. Called by the last holder of its operation.</summary>
    /// <param name="sample">The sample.</param>
    public void End(LatencySample sample)
    {
        if (sample.IsComplete)
        {
            _sampled(sample);
        }

        _free.Enqueue(sample);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Take(Operation operation)
    {
        if (_free.TryDequeue(out LatencySample? sample))
        {
            sample.Begin();
            operation.Sample = sample;
        }
    }
}
