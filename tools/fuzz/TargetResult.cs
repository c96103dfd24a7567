using System;

namespace RaftEngine.Fuzz;

/// <summary>What one target did with its inputs.</summary>
internal sealed record TargetResult(string Name, long Inputs, TimeSpan Time, long Refused, int Crashes, int Hangs, long MostAllocatedBytes)
{
    /// <summary>Inputs a second.</summary>
    public double Rate => Inputs / Math.Max(Time.TotalSeconds, 1e-9);
}
