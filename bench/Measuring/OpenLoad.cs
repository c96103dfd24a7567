using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Bench.Measuring;

/// <summary>
/// Commands at a fixed rate, whether or not those before have ended: what one that is held up holds up in turn counts too. Each latency runs from when the command was
/// due, not from when it was sent.
/// </summary>
internal sealed class OpenLoad : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly RaftNode<long> _leader;
    private readonly byte[] _command;
    private readonly long _intervalTicks;
    private readonly List<Task<long>> _latencies = [];
    private readonly Thread _thread;
    private readonly long _start = Stopwatch.GetTimestamp();
    private volatile bool _stopping;

    /// <summary>Begins.</summary>
    /// <param name="leader">Where.</param>
    /// <param name="commandsPerSecond">The rate.</param>
    /// <param name="commandBytes">The size of each.</param>
    public OpenLoad(RaftNode<long> leader, int commandsPerSecond, int commandBytes)
    {
        _leader = leader;
        _command = new byte[commandBytes];
        _intervalTicks = Stopwatch.Frequency / commandsPerSecond;
        _thread = new Thread(Run) { Name = "load", IsBackground = true };
        _thread.Start();
    }

    /// <summary>How many commands have been due.</summary>
    public int Position
    {
        get
        {
            lock (_latencies)
            {
                return _latencies.Count;
            }
        }
    }

    /// <summary>Waits for what was due between two positions, and gives the latencies in milliseconds, sorted.</summary>
    /// <exception cref="TimeoutException">One has not ended. Those that failed raise what they failed with.</exception>
    public async Task<double[]> LatenciesAsync(int from, int to)
    {
        Task<long>[] window;
        lock (_latencies)
        {
            window = [.. _latencies.GetRange(from, to - from)];
        }

        long[] ticks = await Task.WhenAll(window).WaitAsync(Patience).ConfigureAwait(false);
        double[] milliseconds = Array.ConvertAll(ticks, static taken => taken * 1000.0 / Stopwatch.Frequency);
        Array.Sort(milliseconds);
        return milliseconds;
    }

    /// <summary>The least latency that so many do not exceed.</summary>
    /// <param name="sorted">Latencies, from the shortest to the longest.</param>
    /// <param name="quantile">How many, of all: 0.99 for 99 of 100.</param>
    public static double At(double[] sorted, double quantile) => sorted[Math.Min(sorted.Length - 1, (int)Math.Ceiling(quantile * sorted.Length) - 1)];

    /// <summary>Ends; what has not ended goes on.</summary>
    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
    }

    private void Run()
    {
        PreciseSleep.PrepareThread();
        for (long due = _start; !_stopping; due += _intervalTicks)
        {
            PreciseSleep.Until(due);
            Task<long> latency = ProposeAsync(due);
            lock (_latencies)
            {
                _latencies.Add(latency);
            }
        }
    }

    private async Task<long> ProposeAsync(long due)
    {
        await _leader.ProposeAsync(_command).ConfigureAwait(false);
        return Stopwatch.GetTimestamp() - due;
    }
}
