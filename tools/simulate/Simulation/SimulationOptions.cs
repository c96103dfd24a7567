using System;
using System.IO;

namespace RaftEngine.Simulate.Simulation;

/// <summary>What to simulate. The same options give the same simulation, byte for byte.</summary>
internal sealed record SimulationOptions
{
    public required ulong Seed { get; init; }

    /// <summary>For how long faults happen; after that the cluster must come to rest.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How many voters the cluster starts with.</summary>
    public int Nodes { get; init; } = 3;

    /// <summary>Where to write what happens; null for nowhere.</summary>
    public TextWriter? Trace { get; init; }

    /// <summary>True for a simulation in which nothing goes wrong by itself: for one who makes it go wrong by hand.</summary>
    public bool IsCalm { get; init; }

    public Sabotage Sabotage { get; init; }

    /// <summary>What the network, the disks and the timeouts are like; null: as the seed has it. With it, nothing goes wrong by itself.</summary>
    public Climate? Climate { get; init; }
}
