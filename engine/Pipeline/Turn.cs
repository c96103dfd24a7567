using System;
using System.Threading;
using RaftEngine.Host;

namespace RaftEngine.Pipeline;

/// <summary>
/// The right to run the loop: one thread at a time has it. A thread that enqueues work claims it if it is free, and
/// either runs one batch at once, which saves a hand-over between threads, or hands it over to the loop's own thread.
/// Before the holder gives it up, it checks whether more work has come meanwhile, so enqueued work is always seen.
/// </summary>
internal sealed class Turn
{
    private const int Free = 0;
    private const int Taken = 1;
    private const int LookAgain = 2; // taken, and work has come since Begin

    private readonly Gate _gate = new();
    private bool _isHandedOver;         // under the gate
    private int _state = LookAgain;     // until its own thread begins

    /// <summary>What <see cref="Run"/> runs: one batch, after which it gives up the turn or hands it over. Set before the own thread begins.</summary>
    public Action RunBatch { private get; set; } = static () => throw new InvalidOperationException("The loop has not begun.");

    /// <summary>After work was brought: sees to it that the own thread does it, unless somebody is about to. Any thread.</summary>
    public void Wake()
    {
        if (TryTake())
        {
            HandOver();
        }
    }

    /// <summary>After work was brought: does it on this thread, unless somebody is about to. Any thread that may spend a batch's time.</summary>
    public void Run()
    {
        if (TryTake())
        {
            RunBatch();
        }
    }

    /// <summary>Starts a batch: work that arrives from here on is noted. Called by the holder of the turn.</summary>
    public void Begin() => Interlocked.Exchange(ref _state, Taken); // full fence, before the queues are read: pairs with the one in TryTake

    /// <summary>Gives up the turn. Called by its holder, after a batch.</summary>
    /// <returns>False if work has come since <see cref="Begin"/>: the turn is still the caller's.</returns>
    public bool TryEnd() => Interlocked.CompareExchange(ref _state, Free, Taken) == Taken;

    /// <summary>Gives the turn to the loop's own thread. Called by the holder of the turn.</summary>
    public void HandOver()
    {
        using (_gate.Enter())
        {
            _isHandedOver = true;
            _gate.Pulse();
        }
    }

    /// <summary>The own thread: waits until it is given the turn, or for so long, and then takes it.</summary>
    /// <param name="timeout">The longest wait, rounded up to milliseconds; or <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    /// <returns>False if it has not got the turn: somebody has it, and will hand it over.</returns>
    public bool TryWait(TimeSpan timeout)
    {
        int milliseconds = timeout == Timeout.InfiniteTimeSpan ? Timeout.Infinite : (int)Math.Clamp(Math.Ceiling(timeout.TotalMilliseconds), 0, int.MaxValue);
        using (_gate.Enter())
        {
            if (!_isHandedOver)
            {
                _gate.Wait(milliseconds);
            }

            if (_isHandedOver)
            {
                _isHandedOver = false;
                return true;
            }
        }

        return Interlocked.Exchange(ref _state, LookAgain) == Free;
    }

    private bool TryTake()
    {
        Interlocked.MemoryBarrier(); // full fence, after the work was published: pairs with the one in Begin
        return Volatile.Read(ref _state) != LookAgain && Interlocked.Exchange(ref _state, LookAgain) == Free;
    }
}
