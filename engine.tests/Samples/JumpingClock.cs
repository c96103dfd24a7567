using System;

namespace RaftEngine.Tests.Samples;

/// <summary>A machine's clocks: the steady one shows the time that all machines share, from a start of its own; the
/// calendar is as wrong as a test makes it.</summary>
/// <param name="now">The true time, in milliseconds.</param>
/// <param name="start">Where the steady clock began, in milliseconds.</param>
internal sealed class JumpingClock(Func<long> now, long start) : TimeProvider
{
    /// <summary>How wrong the calendar is, in milliseconds.</summary>
    public long Error { get; set; }

    public override long TimestampFrequency => 1000;

    public override long GetTimestamp() => now() + start;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000 + now() + Error);
}
