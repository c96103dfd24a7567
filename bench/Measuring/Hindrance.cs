using System;
using System.Threading;

namespace RaftEngine.Bench.Measuring;

/// <summary>How a node is held up. May be changed at any time, by any thread.</summary>
internal sealed class Hindrance
{
    private long _delayTicks;
    private int _isPaused;

    /// <summary>For how long every message waits before the node gets it.</summary>
    public TimeSpan Delay
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _delayTicks));
        set => Volatile.Write(ref _delayTicks, value.Ticks);
    }

    /// <summary>True while the node takes nothing at all.</summary>
    public bool IsPaused
    {
        get => Volatile.Read(ref _isPaused) != 0;
        set => Volatile.Write(ref _isPaused, value ? 1 : 0);
    }
}
