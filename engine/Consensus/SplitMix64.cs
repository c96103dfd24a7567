using System;

namespace RaftEngine.Consensus;

/// <summary>A small seeded generator (Steele, Lea and Flood's SplitMix64): the same seed gives the same draws on every machine and runtime.</summary>
internal struct SplitMix64(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next 64 random bits.</summary>
    /// <returns>The bits.</returns>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>A number drawn uniformly from 0 to <paramref name="bound"/> − 1: the high half of a 64 × 64 bit product.</summary>
    /// <param name="bound">One more than the largest draw.</param>
    /// <returns>The draw.</returns>
    public long Below(long bound) => (long)Math.BigMul(Next(), (ulong)bound, out _);
}
