using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;

namespace RaftEngine.Tests.Processes;

/// <summary>Several writers at once, started and stopped together; their keys go on where they stopped.</summary>
internal sealed class WriteLoad : IAsyncDisposable
{
    private const int PoolThreads = 16;

    private readonly Lock _lock = new();
    private readonly LoadWriter[] _writers;
    private CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private long _acknowledged;
    private long _watchedFrom = long.MaxValue;
    private long? _firstSince;
    private long _last = Stopwatch.GetTimestamp();
    private TimeSpan _longestGap;

    public WriteLoad(int writers, int[] ports)
    {
        // The test host blocks threads of the pool now and then; on two processors that would hold up the writers for
        // up to a second, and the gap would be the host's.
        ThreadPool.SetMinThreads(PoolThreads, PoolThreads);
        _writers = [.. Enumerable.Range(1, writers).Select(number => new LoadWriter($"w{number}", ports, Acknowledge))];
    }

    /// <summary>How many writes have been acknowledged.</summary>
    public long Acknowledged
    {
        get
        {
            lock (_lock)
            {
                return _acknowledged;
            }
        }
    }

    /// <summary>Of how many writes it is not known whether they were done.</summary>
    public int Unknown => _writers.Sum(writer => writer.Unknown);

    public void Start()
    {
        _stop = new CancellationTokenSource();
        _running = Task.WhenAll(_writers.Select(writer => Task.Run(() => writer.RunAsync(_stop.Token))));
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    /// <summary>Waits for so many more acknowledged writes.</summary>
    public Task AcknowledgeMoreAsync(int count)
    {
        long enough = Acknowledged + count;
        return WhileRunningAsync(() => Acknowledged >= enough, "more acknowledged writes");
    }

    /// <summary>The time from a moment to the first acknowledgment of a write that was begun after it.</summary>
    public async Task<TimeSpan> RecoverAsync(long timestamp)
    {
        lock (_lock)
        {
            (_watchedFrom, _firstSince) = (timestamp, null);
        }

        long? first = null;
        await WhileRunningAsync(
            () =>
            {
                lock (_lock)
                {
                    first = _firstSince;
                }

                return first is not null;
            },
            "a write that is acknowledged again");
        return Stopwatch.GetElapsedTime(timestamp, first!.Value);
    }

    /// <summary>The longest time without an acknowledgment since this was called last.</summary>
    public TimeSpan TakeLongestGap()
    {
        lock (_lock)
        {
            TimeSpan gap = GapTo(Stopwatch.GetTimestamp());
            _longestGap = TimeSpan.Zero;
            return gap;
        }
    }

    /// <summary>Reads everything back.</summary>
    /// <returns>What is not as it was acknowledged.</returns>
    public async Task<List<string>> FindLostAsync() => [.. (await Task.WhenAll(_writers.Select(writer => writer.FindLostAsync()))).SelectMany(lost => lost)];

    public async ValueTask DisposeAsync()
    {
        if (!_running.IsCompleted)
        {
            await StopAsync();
        }

        foreach (LoadWriter writer in _writers)
        {
            writer.Dispose();
        }
    }

    private async Task WhileRunningAsync(Func<bool> condition, string what)
    {
        await Eventually.True(() => condition() || _running.IsFaulted, what);
        if (_running.IsFaulted)
        {
            await _running;
        }
    }

    private TimeSpan GapTo(long now)
    {
        TimeSpan gap = Stopwatch.GetElapsedTime(_last, now);
        return gap > _longestGap ? gap : _longestGap;
    }

    private void Acknowledge(long begun)
    {
        long now = Stopwatch.GetTimestamp();
        lock (_lock)
        {
            _acknowledged++;
            _longestGap = GapTo(now);
            _last = now;
            if (begun >= _watchedFrom)
            {
                _firstSince ??= now;
            }
        }
    }
}
