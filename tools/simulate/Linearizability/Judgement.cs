using System.Collections.Generic;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>The verdict on a history, and where it breaks if it does.</summary>
internal sealed record Judgement
{
    public required Verdict Verdict { get; init; }

    /// <summary>How many objects were looked at.</summary>
    public required int Objects { get; init; }

    /// <summary>How many configurations (operations in order so far, and the state) were looked at.</summary>
    public required long Configurations { get; init; }

    /// <summary>The object on which the verdict rests, if it is not linearizable or not known.</summary>
    public string? Key { get; init; }

    /// <summary>The operations of that object.</summary>
    public IReadOnlyList<Operation> Operations { get; init; } = [];

    /// <summary>
    /// The operation whose return breaks the history: with everything that returned before it there is an order, with it there is none. Null if the
    /// history is not refused.
    /// </summary>
    public Operation? Culprit { get; init; }
}
