using System;
using System.Diagnostics;

namespace RaftEngine.Tests.Soak;

/// <summary>What this process holds at a moment.</summary>
internal readonly record struct SoakUsage(long ManagedBytes, long ResidentBytes, int Handles, int Threads)
{
    public static SoakUsage Now()
    {
        long managed = GC.GetTotalMemory(forceFullCollection: true);
        using Process self = Process.GetCurrentProcess();
        return new SoakUsage(managed, self.WorkingSet64, self.HandleCount, self.Threads.Count);
    }

    public override string ToString() =>
        $"managed {ManagedBytes >> 20} MiB, resident {ResidentBytes >> 20} MiB, {Handles} handles, {Threads} threads";
}
