using System;

namespace RaftEngine.Tests.Support;

/// <summary>Counts what code takes on the thread that runs it.</summary>
internal static class ThreadAllocations
{
    /// <summary>Begins to count.</summary>
    /// <returns>What <see cref="Since"/> is to be given.</returns>
    /// <remarks>The runtime gives a thread memory some KiB at a time. A collection on any thread takes back the unused
    /// rest, which the runtime may then count as allocated. This collects first, so a thread that allocates nothing is
    /// given nothing.</remarks>
    public static long Begin()
    {
        GC.Collect(0);
        return GC.GetAllocatedBytesForCurrentThread();
    }

    /// <summary>Bytes that this thread has allocated since.</summary>
    public static long Since(long begin) => GC.GetAllocatedBytesForCurrentThread() - begin;
}
