using System;

namespace RaftEngine.Simulate.Pacing;

/// <summary>What network and disks are like.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="RoundTripMilliseconds">The round trip, at the least.</param>
/// <param name="JitterMilliseconds">What a round trip takes beyond that, on average, exponentially distributed, half of it each way.</param>
/// <param name="Loss">The share of messages that the connection has to send again.</param>
/// <param name="SyncMilliseconds">What a sync takes, on average, exponentially distributed.</param>
internal sealed record PaceWeather(string Name, double RoundTripMilliseconds, double JitterMilliseconds, double Loss, double SyncMilliseconds)
{
    /// <summary>What a connection waits before it sends again: 200 ms as TCP does, and on longer ways two round trips.</summary>
    public TimeSpan Retransmission => TimeSpan.FromMilliseconds(Math.Max(200, 2 * (RoundTripMilliseconds + JitterMilliseconds)));
}
