using System;
using System.Collections.Generic;
using System.Linq;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>
/// Looks for an order of one object's operations that explains their results and keeps to real time: the search of Wing and Gong ("Testing and Verifying
/// Concurrent Objects", 1993), depth first, with Lowe's memory of configurations ("Testing for Linearizability", 2017).
/// </summary>
/// <remarks>
/// Three rules cut the search without changing its verdict. Each says that of two configurations one can do whatever the other can:
/// <list type="bullet">
/// <item>A required operation that fits now, and would change nothing in any state, gets its place now: it is one worry less, and nothing is lost.</item>
/// <item>An operation that may be left out, and would change nothing now, is not placed: it can still be placed, or left out, later.</item>
/// <item>Of operations with the same effect that may be left out, the one invoked first is placed first: any order that uses a later one instead can use it.</item>
/// </list>
/// </remarks>
internal sealed class OrderSearch
{
    /// <summary>After how many looks at an event a search asks whether to stop.</summary>
    public const int StepsBetweenQuestions = 1024;

    private readonly ISequentialModel _model;
    private readonly Operation[] _operations; // those that may be left out first, each part in order of invocation
    private readonly int[] _sameEffectBefore; // of those that may be left out: the one before it with the same effect, or -1
    private readonly int _optionalCount;
    private readonly EventList _events;
    private readonly LinearizedSet _set;
    private readonly SeenConfigurations _seen;
    private readonly StateTable _states = new();
    private readonly Stack<Placement> _order = new();
    private readonly long _maxMemoryBytes;
    private readonly Func<bool>? _shallStop;
    private readonly IBlockObserver? _observer;
    private int _state;
    private int _requiredLeft;
    private int _furthestBlocked = -1;
    private bool _outOfBounds;
    private int _steps;

    public OrderSearch(
        ISequentialModel model, IReadOnlyList<Operation> operations, long maxMemoryBytes, Func<bool>? shallStop = null, IBlockObserver? observer = null)
    {
        if (operations.Count > CheckerLimits.MaxOperationsPerObject)
        {
            throw new ArgumentException(
                $"One object has {operations.Count} operations; at most {CheckerLimits.MaxOperationsPerObject} can be checked.", nameof(operations));
        }

        _model = model;
        _operations = [.. operations.OrderByDescending(operation => operation.MayBeLeftOut).ThenBy(operation => operation.Invoked)];
        _optionalCount = _operations.Count(operation => operation.MayBeLeftOut);
        _sameEffectBefore = FindSameEffects(_operations.AsSpan(0, _optionalCount));
        _events = new EventList(_operations);
        _set = new LinearizedSet(_optionalCount, _operations.Length - _optionalCount);
        _seen = new SeenConfigurations(maxMemoryBytes);
        _maxMemoryBytes = maxMemoryBytes;
        _shallStop = shallStop;
        _observer = observer;
        _state = _states.NumberOf(model.InitialState);
        _requiredLeft = _operations.Length - _optionalCount;
    }

    /// <summary>The operation at whose return the search got stuck, the latest of all. If there is no order, this is the one that breaks the history.</summary>
    public Operation? FurthestBlocked => _furthestBlocked < 0 ? null : _operations[_furthestBlocked];

    public int Configurations => _seen.Count;

    /// <summary>What the object is after the operations that have their place at the moment.</summary>
    public string? State => _states[_state];

    /// <summary>The operations that have their place at the moment, first placed first.</summary>
    public IEnumerable<Operation> Order => _order.Reverse().Select(placed => _operations[placed.Operation]);

    public int PlacedCount => _order.Count;

    public bool IsPlaced(Operation operation) => _order.Any(placed => ReferenceEquals(_operations[placed.Operation], operation));

    public Verdict Run()
    {
        int @event = _events.First;
        bool isNew = true; // not come back to, so that nothing has been tried
        while (_requiredLeft > 0)
        {
            bool stuck = false;
            bool placed = (isNew && TryPlaceWithoutEffect(out stuck)) || (!stuck && TryPlaceFrom(@event));
            if (_outOfBounds || ShallStop())
            {
                return Verdict.Unknown;
            }

            isNew = placed;
            if (placed)
            {
                @event = _events.First;
            }
            else if (!TryTakeBack(out @event))
            {
                return Verdict.NotLinearizable;
            }
        }

        return Verdict.Linearizable;
    }

    private static int[] FindSameEffects(ReadOnlySpan<Operation> optional)
    {
        int[] before = new int[optional.Length];
        Dictionary<(OperationKind, string?, string?, bool, string?), int> lastByEffect = [];
        for (int operation = 0; operation < optional.Length; operation++)
        {
            Operation one = optional[operation];
            var effect = (one.Kind, one.Argument, one.Expected, one.ResultKnown, one.Result);
            before[operation] = lastByEffect.GetValueOrDefault(effect, -1);
            lastByEffect[effect] = operation;
        }

        return before;
    }

    // Places a required operation that changes nothing, if there is one. If what comes of it has been seen, then the configuration is no better: it is stuck.
    private bool TryPlaceWithoutEffect(out bool stuck)
    {
        stuck = false;
        for (int @event = _events.First; _events.IsInvocation(@event); @event = _events.Next(@event))
        {
            _steps++;
            if (@event >= _optionalCount && _operations[@event].ChangesNothing && _model.TryApply(State, _operations[@event], out _))
            {
                stuck = !TryPlace(@event, _state, isForced: true);
                return !stuck;
            }
        }

        return false;
    }

    private bool TryPlaceFrom(int @event)
    {
        for (; _events.IsInvocation(@event); @event = _events.Next(@event))
        {
            _steps++;
            bool isOptional = @event < _optionalCount;
            if (_operations[@event].ChangesNothing || (isOptional && _sameEffectBefore[@event] >= 0 && !_set.Contains(_sameEffectBefore[@event])))
            {
                continue;
            }

            if (_model.TryApply(State, _operations[@event], out string? next) && !(isOptional && next == State)
                && TryPlace(@event, _states.NumberOf(next), isForced: false))
            {
                return true;
            }

            if (_outOfBounds)
            {
                return false;
            }
        }

        NoteBlock(@event);
        return false;
    }

    private bool TryPlace(int operation, int next, bool isForced)
    {
        _set.Add(operation);
        SeenResult seen = _states.Bytes > _maxMemoryBytes ? SeenResult.Full : _seen.Add(_set, next, _states.Bytes);
        if (seen != SeenResult.New)
        {
            _outOfBounds = seen == SeenResult.Full;
            _set.Remove(operation);
            return false;
        }

        bool isRequired = operation >= _optionalCount;
        _events.Lift(operation, isRequired);
        _requiredLeft -= isRequired ? 1 : 0;
        _order.Push(new Placement(operation, _state, isForced));
        _state = next;
        return true;
    }

    // Back to the last placement that was a choice; the next choice is looked for behind it.
    private bool TryTakeBack(out int nextEvent)
    {
        while (_order.TryPop(out Placement placed))
        {
            bool isRequired = placed.Operation >= _optionalCount;
            _events.PutBack(placed.Operation, isRequired);
            _requiredLeft += isRequired ? 1 : 0;
            _set.Remove(placed.Operation);
            _state = placed.StateBefore;
            if (!placed.IsForced)
            {
                nextEvent = _events.Next(placed.Operation);
                return true;
            }
        }

        nextEvent = _events.First;
        return false;
    }

    private void NoteBlock(int @event)
    {
        int blocked = _events.OperationOf(@event);
        if (_furthestBlocked < 0 || (_operations[blocked].Returned, blocked).CompareTo((_operations[_furthestBlocked].Returned, _furthestBlocked)) > 0)
        {
            _furthestBlocked = blocked;
        }

        _observer?.OnBlocked(this, _operations[blocked]);
    }

    private bool ShallStop()
    {
        if (_shallStop is null || _steps < StepsBetweenQuestions)
        {
            return false;
        }

        _steps = 0;
        return _shallStop();
    }
}
