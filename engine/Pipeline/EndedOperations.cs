using System.Threading;
using RaftEngine.Host;

namespace RaftEngine.Pipeline;

/// <summary>
/// Operations that have ended, and whose callers go on on the apply thread: a few at a time, after the state machine has
/// returned. Their continuations run outside of its context: to change the context for each would cost a tenth of a
/// command. Owned by the thread that has the apply turn.
/// </summary>
internal sealed class EndedOperations
{
    /// <summary>How many gather: a caller waits for no more commands than these after its own.</summary>
    private const int Capacity = 16;

    private readonly Operation?[] _ended = new Operation?[Capacity];
    private int _count;

    /// <summary>True if none can be added before <see cref="Deliver"/>.</summary>
    public bool IsFull => _count == Capacity;

    /// <summary>Adds one; there is room.</summary>
    public void Add(Operation operation) => _ended[_count++] = operation;

    /// <summary>Runs the continuations of all. What they change of the thread's context is taken back.</summary>
    public void Deliver()
    {
        if (_count == 0)
        {
            return;
        }

        ExecutionContext? context = ExecutionContext.Capture();
        SynchronizationContext? synchronization = SynchronizationContext.Current;
        for (int i = 0; i < _count; i++)
        {
            Operation operation = _ended[i]!;
            _ended[i] = null;
            operation.Deliver();
            NeutralContext.Restore(context, synchronization);
        }

        _count = 0;
    }
}
