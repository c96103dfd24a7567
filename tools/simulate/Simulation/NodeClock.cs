using System;

namespace RaftEngine.Simulate.Simulation;

/// <summary>A node's monotonic clock: it starts anywhere, runs a little fast or slow, and may jump forward.</summary>
internal sealed class NodeClock
{
    private long _local;
    private long _since;
    private double _rate = 1;

    /// <summary>The node's time at a true time.</summary>
    public TimeSpan At(long trueTime) => new(_local + (long)((trueTime - _since) * _rate));

    /// <summary>The first true time at which the node's clock shows at least so much; <see cref="long.MaxValue"/> for <see cref="TimeSpan.MaxValue"/>.</summary>
    public long TrueTimeOf(TimeSpan local)
    {
        if (local == TimeSpan.MaxValue)
        {
            return long.MaxValue;
        }

        long trueTime = _since + (long)Math.Ceiling((local.Ticks - _local) / _rate);
        while (At(trueTime) < local)
        {
            trueTime++;
        }

        return trueTime;
    }

    /// <summary>From now on the clock runs at another rate.</summary>
    public void Run(long now, double rate)
    {
        _local = At(now).Ticks;
        _since = now;
        _rate = rate;
    }

    /// <summary>The clock shows something else: after a jump, or after the machine was off.</summary>
    public void Show(long now, TimeSpan local)
    {
        _local = local.Ticks;
        _since = now;
    }
}
