using System.Collections.Generic;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>A number for each different state of an object, so that configurations hold and compare numbers.</summary>
internal sealed class StateTable
{
    // A string's header, its list and dictionary entry, roughly.
    private const int OverheadBytes = 72;

    private readonly Dictionary<string, int> _numbers = [];
    private readonly List<string?> _states = [null];

    public long Bytes { get; private set; }

    public string? this[int number] => _states[number];

    public int NumberOf(string? state)
    {
        if (state is null)
        {
            return 0;
        }

        if (!_numbers.TryGetValue(state, out int number))
        {
            number = _states.Count;
            _states.Add(state);
            _numbers.Add(state, number);
            Bytes += OverheadBytes + (2L * state.Length);
        }

        return number;
    }
}
