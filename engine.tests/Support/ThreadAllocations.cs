using System;

namespace RaftEngine.Tests.Support;

/// <summary>Counts what code takes on the thread that runs it.</summary>
internal static class ThreadAllocations
{
    /// <summary>Begins to count.</summary>
    /// <returns>What <see cref="Since"/> is to be given.</returns>
    /// <remarks>A thread is given memory some KiB at a time. What it has not used of that is taken away by a
    /// collection, whichever thread has caused it, and the runtime may count it as allocated from then on. So it is
    /// taken away before: a thread that allocates nothing gets no more.</remarks>
    public static long Begin()
    {
        GC.Collect(0);
        return GC.GetAllocatedBytesForCurrentThread();
    }

    /// <summary>Bytes that this thread has allocated since.</summary>
    public static long Since(long begin) => GC.GetAllocatedBytesForCurrentThread() - begin;
}
