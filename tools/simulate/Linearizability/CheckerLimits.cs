using System;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>How much a check may use. Beyond it the verdict is <see cref="Verdict.Unknown"/>, never a guess.</summary>
internal sealed record CheckerLimits
{
    /// <summary>The most operations that one object may have.</summary>
    public const int MaxOperationsPerObject = 1 << 20;

    /// <summary>
    /// Bytes of remembered configurations and states, for one object at a time, both copies included while they move to a larger table; 256 MiB by default.
    /// </summary>
    public long MaxMemoryBytes { get; init; } = 256L << 20;

    /// <summary>Time for the whole history; no bound by default. Whether it is reached depends on the machine: not for runs that are to be repeatable.</summary>
    public TimeSpan? MaxTime { get; init; }
}
