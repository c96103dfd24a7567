using System;
using System.Diagnostics;
using System.Threading;

namespace RaftEngine.Tests.Support;

/// <summary>
/// Keeps the thread pool blocked until it is disposed of, as a host's work items do that wait for something: there are more of them than the pool has threads, and it adds
/// one or two threads a second.
/// </summary>
internal sealed class BlockedThreadPool : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly ManualResetEventSlim _released = new();
    private readonly CountdownEvent _running = new(1);

    /// <summary>Blocks it.</summary>
    public BlockedThreadPool()
    {
        for (int i = 0; i < 200; i++)
        {
            _running.AddCount();
            ThreadPool.UnsafeQueueUserWorkItem(static blocked => blocked.Block(), this, preferLocal: false);
        }
    }

    /// <summary>Waits on the calling thread for a condition, without the pool.</summary>
    public static void Require(Func<bool> condition, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > Deadline)
            {
                throw new TimeoutException($"Within {Deadline.TotalSeconds} s it did not come to pass that {what}.");
            }

            Thread.Sleep(1);
        }
    }

    public void Dispose()
    {
        _released.Set();
        _running.Signal();
        _running.Wait();
        _running.Dispose();
        _released.Dispose();
    }

    private void Block()
    {
        _released.Wait();
        _running.Signal();
    }
}
