using System;
using System.Threading;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>What a connection waits for, and since when. The connection writes it, the thread that watches deadlines
/// reads it.</summary>
/// <param name="clock">The time.</param>
internal sealed class ConnectionActivity(TimeProvider clock)
{
    private const int KindBits = 2;

    private long _state = clock.GetTimestamp() << KindBits; // kind and time in one word, so that they are read together

    /// <summary>The time now, as <see cref="Begin(ActivityKind, long)"/> takes it.</summary>
    public long Now => clock.GetTimestamp();

    /// <summary>A wait begins.</summary>
    public void Begin(ActivityKind kind) => Begin(kind, Now);

    /// <summary>A wait goes on that began earlier.</summary>
    public void Begin(ActivityKind kind, long since) => Volatile.Write(ref _state, (since << KindBits) | (long)kind); // release: pairs with IsOverdue

    /// <summary>True if the wait has lasted longer than it may.</summary>
    public bool IsOverdue(KvLimits limits)
    {
        long state = Volatile.Read(ref _state); // acquire: pairs with Begin
        TimeSpan elapsed = clock.GetElapsedTime(state >> KindBits);
        return (ActivityKind)(state & ((1 << KindBits) - 1)) switch
        {
            ActivityKind.Idle => elapsed > limits.IdleTimeout,
            ActivityKind.Request => elapsed > limits.RequestTimeout,
            ActivityKind.Reply => elapsed > limits.ReplyTimeout,
            _ => false,
        };
    }
}
