using System;
using System.Collections.Generic;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>
/// The events of a history in order, as a doubly linked list from which an operation's events are lifted when it gets its place in the order, and into
/// which they are put back, last lifted first, when it loses it (Wing and Gong). An operation that may be left out has no return.
/// </summary>
internal sealed class EventList
{
    private readonly int _count;
    private readonly int[] _next;
    private readonly int[] _previous;

    // Event i is the invocation of operation i, event count + i its return, the last one both ends of the list.
    public EventList(IReadOnlyList<Operation> operations)
    {
        _count = operations.Count;
        List<(long Position, int Event)> events = new(2 * _count);
        for (int operation = 0; operation < _count; operation++)
        {
            events.Add((operations[operation].Invoked, operation));
            if (!operations[operation].MayBeLeftOut)
            {
                events.Add((operations[operation].Returned, _count + operation));
            }
        }

        // At the same position invocations come first: what is not known to be ordered is concurrent.
        events.Sort();
        _next = new int[End + 1];
        _previous = new int[End + 1];
        Array.Fill(_previous, End);
        int last = End;
        foreach ((_, int @event) in events)
        {
            _next[last] = @event;
            _previous[@event] = last;
            last = @event;
        }

        _next[last] = End;
        _previous[End] = last;
    }

    public int First => _next[End];

    private int End => 2 * _count;

    public int Next(int @event) => _next[@event];

    public bool IsInvocation(int @event) => @event < _count;

    public bool IsReturn(int @event) => @event >= _count && @event < End;

    /// <summary>The operation that an event belongs to.</summary>
    public int OperationOf(int @event) => @event < _count ? @event : @event - _count;

    public void Lift(int operation, bool hasReturn)
    {
        Unlink(operation);
        if (hasReturn)
        {
            Unlink(_count + operation);
        }
    }

    public void PutBack(int operation, bool hasReturn)
    {
        if (hasReturn)
        {
            Link(_count + operation);
        }

        Link(operation);
    }

    private void Unlink(int @event)
    {
        _next[_previous[@event]] = _next[@event];
        _previous[_next[@event]] = _previous[@event];
    }

    private void Link(int @event)
    {
        _next[_previous[@event]] = @event;
        _previous[_next[@event]] = @event;
    }
}
