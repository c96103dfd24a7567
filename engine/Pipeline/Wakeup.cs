using System;
using System.Threading;
using RaftEngine.Host;

namespace RaftEngine.Pipeline;

/// <summary>
/// Lets one thread sleep until there is work. The sleeper announces itself, looks once more, and only then waits; a waker publishes its work, and only
/// if the sleeper has announced itself pays for waking it. Each side puts a full fence between its write and its read, so one of the two always sees the other.
/// </summary>
internal sealed class Wakeup
{
    private readonly Gate _gate = new();
    private bool _woken;    // under the gate
    private int _sleeping;

    /// <summary>The sleeper: announces that it is about to wait. It must look for work once more before it calls <see cref="Wait"/>.</summary>
    public void PrepareToWait() => Interlocked.Exchange(ref _sleeping, 1); // full fence: pairs with the one in Wake

    /// <summary>The sleeper: there was work after all.</summary>
    public void CancelWait() => Volatile.Write(ref _sleeping, 0);

    /// <summary>The sleeper: waits for <see cref="Wake"/>, at most so long. It may return without a reason.</summary>
    /// <param name="timeout">The longest wait, rounded up to milliseconds; or <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    public void Wait(TimeSpan timeout)
    {
        int milliseconds = timeout == Timeout.InfiniteTimeSpan
            ? Timeout.Infinite
            : (int)Math.Clamp(Math.Ceiling(timeout.TotalMilliseconds), 0, int.MaxValue);
        using (_gate.Enter())
        {
            if (!_woken)
            {
                _gate.Wait(milliseconds);
            }

            _woken = false;
        }

        Volatile.Write(ref _sleeping, 0);
    }

    /// <summary>A waker: call after the work has been published. Any thread.</summary>
    public void Wake()
    {
        Interlocked.MemoryBarrier(); // full fence: pairs with the one in PrepareToWait
        if (Volatile.Read(ref _sleeping) != 0 && Interlocked.Exchange(ref _sleeping, 0) != 0)
        {
            using (_gate.Enter())
            {
                _woken = true;
                _gate.Pulse();
            }
        }
    }
}
