using System;
using System.Diagnostics;
using System.Threading;

namespace RaftEngine.Tests.Support;

/// <summary>The longest time between two requests that were served, the beginning and the end included. Thread-safe.</summary>
internal sealed class ServiceGaps
{
    private readonly Lock _lock = new();
    private long _last;

    /// <summary>How many were served.</summary>
    public int Count { get; private set; }

    /// <summary>The longest gap.</summary>
    public TimeSpan Longest { get; private set; }

    public void Begin() => _last = Stopwatch.GetTimestamp();

    public void Served()
    {
        lock (_lock)
        {
            Close();
            Count++;
        }
    }

    public void End()
    {
        lock (_lock)
        {
            Close();
        }
    }

    private void Close()
    {
        long now = Stopwatch.GetTimestamp();
        TimeSpan gap = Stopwatch.GetElapsedTime(_last, now);
        Longest = gap > Longest ? gap : Longest;
        _last = now;
    }
}
