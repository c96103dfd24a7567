using System;
using System.Diagnostics;

namespace RaftEngine.Bench.Cluster;

/// <summary>When the commands of an open loop are due: evenly, whatever becomes of those before. In ticks of <see cref="Stopwatch"/>.</summary>
/// <param name="Start">When the first is due.</param>
/// <param name="PerSecond">How many are due in a second.</param>
internal readonly record struct OpenSchedule(long Start, int PerSecond)
{
    /// <summary>When a command is due; no error adds up.</summary>
    /// <param name="command">From 0.</param>
    public long DueAt(long command) => Start + (long)((Int128)command * Stopwatch.Frequency / PerSecond);
}
