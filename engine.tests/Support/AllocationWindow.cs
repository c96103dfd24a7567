using System;
using System.Diagnostics;

namespace RaftEngine.Tests.Support;

/// <summary>What all threads of the process take for a while. Of several windows the quietest counts: what work allocates is in every one of them.</summary>
/// <param name="Bytes">Allocated; before <see cref="End"/>, since the process began.</param>
/// <param name="Collections">Of generation 0; likewise.</param>
/// <param name="Seconds">How long it took.</param>
internal readonly record struct AllocationWindow(long Bytes, int Collections, double Seconds)
{
    // The test host, which asks its runner for news, allocates by time; what is measured does not. It matters only where the machine stalls, and a window takes seconds.
    private const double HostBytesPerSecond = 2000;

    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>What is not the test host's.</summary>
    public double BytesOfWork => Math.Max(0, Bytes - (Seconds * HostBytesPerSecond));

    /// <summary>Begins one.</summary>
    public static AllocationWindow Begin() => new(GC.GetTotalAllocatedBytes(precise: true), GC.CollectionCount(0), 0);

    /// <summary>Ends it.</summary>
    public AllocationWindow End() => new(
        GC.GetTotalAllocatedBytes(precise: true) - Bytes, GC.CollectionCount(0) - Collections, Stopwatch.GetElapsedTime(_start).TotalSeconds);

    /// <inheritdoc/>
    public override string ToString() => $"{Bytes} bytes in {Seconds:F2} s, {Collections} collections";
}
