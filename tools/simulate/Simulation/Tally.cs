using System;
using System.Collections.Generic;
using System.Linq;

namespace RaftEngine.Simulate.Simulation;

/// <summary>How often each kind of thing happened.</summary>
internal sealed class Tally
{
    private readonly long[] _faults = new long[Enum.GetValues<FaultKind>().Length];
    private readonly long[] _events = new long[Enum.GetValues<EventKind>().Length];

    public IEnumerable<(FaultKind Kind, long Count)> Faults => Enum.GetValues<FaultKind>().Select(kind => (kind, _faults[(int)kind]));

    public IEnumerable<(EventKind Kind, long Count)> Events => Enum.GetValues<EventKind>().Select(kind => (kind, _events[(int)kind]));

    public long this[FaultKind kind] => _faults[(int)kind];

    public long this[EventKind kind] => _events[(int)kind];

    public void Count(FaultKind kind, bool happened = true) => _faults[(int)kind] += happened ? 1 : 0;

    public void Count(EventKind kind, bool happened = true) => _events[(int)kind] += happened ? 1 : 0;

    /// <summary>Adds another tally to this one.</summary>
    public void Add(Tally other)
    {
        for (int i = 0; i < _faults.Length; i++)
        {
            _faults[i] += other._faults[i];
        }

        for (int i = 0; i < _events.Length; i++)
        {
            _events[i] += other._events[i];
        }
    }
}
