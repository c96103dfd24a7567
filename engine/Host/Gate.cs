using System.Threading;

namespace RaftEngine.Host;

/// <summary>
/// A lock that <see cref="Thread.Interrupt"/> does not break: the engine's work may run on a thread that the host has
/// lent to it and interrupts. An interrupt
/// that comes while such a thread waits here is raised again, for the host's own next wait.
/// </summary>
internal sealed class Gate
{
    /// <summary>Enters; the scope leaves.</summary>
    public Scope Enter()
    {
        if (!Monitor.TryEnter(this))
        {
            EnterContended();
        }

        return new Scope(this);
    }

    /// <summary>Leaves, waits for a pulse, and enters again. It may return without a reason, so a condition must be
    /// looked at. Inside of the gate.</summary>
    /// <param name="milliseconds">The longest wait; or <see cref="Timeout.Infinite"/>.</param>
    /// <returns>True if the thread was interrupted: unless it is one of the engine's own, the interrupt is to be raised
    /// again after the last wait.</returns>
    public bool Wait(int milliseconds = Timeout.Infinite)
    {
        try
        {
            Monitor.Wait(this, milliseconds);
            return false;
        }
        catch (ThreadInterruptedException)
        {
            return true;
        }
    }

    /// <summary>Wakes one that waits. Inside of the gate.</summary>
    public void Pulse() => Monitor.Pulse(this);

    /// <summary>Wakes all that wait. Inside of the gate.</summary>
    public void PulseAll() => Monitor.PulseAll(this);

    private void EnterContended()
    {
        bool isInterrupted = false;
        while (true)
        {
            try
            {
                Monitor.Enter(this);
                break;
            }
            catch (ThreadInterruptedException)
            {
                isInterrupted = true;
            }
        }

        if (isInterrupted)
        {
            Thread.CurrentThread.Interrupt();
        }
    }

    /// <summary>The time inside of a gate.</summary>
    public readonly ref struct Scope(Gate gate)
    {
        public void Dispose() => Monitor.Exit(gate);
    }
}
