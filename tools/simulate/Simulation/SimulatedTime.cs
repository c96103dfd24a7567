using System;

namespace RaftEngine.Simulate.Simulation;

/// <summary>The clock on which a simulated log stamps its files.</summary>
internal sealed class SimulatedTime(Agenda agenda) : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Start.AddTicks(agenda.Now);

    public override long GetTimestamp() => agenda.Now;
}
