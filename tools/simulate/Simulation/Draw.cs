using System;
using System.Collections.Generic;
using RaftEngine.Consensus;

namespace RaftEngine.Simulate.Simulation;

/// <summary>Random draws from a seed: the same on every machine. Each part of a simulation has its own, so that one part's draws do not shift another's.</summary>
internal sealed class Draw(ulong seed)
{
    private SplitMix64 _random = new(seed);

    public ulong Next() => _random.Next();

    /// <summary>A number from 0 to <paramref name="bound"/> − 1.</summary>
    public long Below(long bound) => _random.Below(bound);

    /// <summary>A number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public long Between(long least, long most) => least + _random.Below(most - least + 1);

    public double Unit() => (_random.Next() >> 11) * (1.0 / (1ul << 53));

    public bool Chance(double probability) => probability > 0 && Unit() < probability;

    public T Of<T>(IReadOnlyList<T> all) => all[(int)_random.Below(all.Count)];

    /// <summary>A span of time of this mean, exponentially distributed, in ticks.</summary>
    public long Around(TimeSpan mean) => (long)(-Math.Log(1 - Unit()) * mean.Ticks) + 1;

    /// <summary>A random id.</summary>
    public Guid Id()
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes, Next());
        BitConverter.TryWriteBytes(bytes[8..], Next());
        return new Guid(bytes);
    }

    /// <summary>Another source of draws, that depends on this one's next.</summary>
    public Draw Fork() => new(Next());
}
