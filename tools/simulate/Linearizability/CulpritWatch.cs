using System;
using System.Collections.Generic;
using System.Linq;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>Watches a search that is known to fail at one operation, and keeps what shows why.</summary>
internal sealed class CulpritWatch(Operation culprit) : IBlockObserver
{
    /// <summary>How many states are kept; behind them they are only counted.</summary>
    private const int MaxStates = 64;

    private readonly HashSet<string> _states = new(StringComparer.Ordinal);
    private int _fewestPlaced = int.MaxValue;
    private bool _canBeNil;

    /// <summary>An order of everything that returned before the culprit, with as few of the operations still open as can be.</summary>
    public IReadOnlyList<Operation> Order { get; private set; } = [];

    /// <summary>What the object can be when the culprit returns, in any order of the others, if the culprit has not taken effect by then.</summary>
    public IReadOnlyList<string?> States => [.. _canBeNil ? [null] : Array.Empty<string?>(), .. _states.Order(StringComparer.Ordinal)];

    /// <summary>If the culprit has a place in some order of fewer operations: the operation that has none then, of all such the one that returned last.</summary>
    public Operation? LeftWithoutPlace { get; private set; }

    /// <summary>The order in which <see cref="LeftWithoutPlace"/> has no place.</summary>
    public IReadOnlyList<Operation> OtherOrder { get; private set; } = [];

    public void OnBlocked(OrderSearch search, Operation blocked)
    {
        if (ReferenceEquals(blocked, culprit))
        {
            NoteState(search.State);
            if (search.PlacedCount < _fewestPlaced)
            {
                _fewestPlaced = search.PlacedCount;
                Order = [.. search.Order];
            }
        }
        else if ((LeftWithoutPlace is null || blocked.Returned > LeftWithoutPlace.Returned) && search.IsPlaced(culprit))
        {
            LeftWithoutPlace = blocked;
            OtherOrder = [.. search.Order];
        }
    }

    private void NoteState(string? state)
    {
        _canBeNil |= state is null;
        if (state is not null && _states.Count < MaxStates)
        {
            _states.Add(state);
        }
    }
}
