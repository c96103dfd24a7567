using System.Collections.Generic;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>Why one object's operations cannot be put into an order.</summary>
internal sealed record Diagnosis
{
    public required ISequentialModel Model { get; init; }

    /// <summary>The operation whose return breaks the history.</summary>
    public required Operation Culprit { get; init; }

    /// <summary>Everything invoked before the culprit returned; what returned later may be left out of an order.</summary>
    public required IReadOnlyList<Operation> Operations { get; init; }

    /// <summary>An order of everything that returned before the culprit.</summary>
    public required IReadOnlyList<Operation> Order { get; init; }

    /// <summary>What the object can be, in any order, when the culprit returns.</summary>
    public required IReadOnlyList<string?> States { get; init; }

    /// <summary>An operation that has no place if the culprit is placed earlier, if it can be placed earlier.</summary>
    public Operation? LeftWithoutPlace { get; init; }

    /// <summary>An order with the culprit in it, in which <see cref="LeftWithoutPlace"/> has no place.</summary>
    public IReadOnlyList<Operation> OtherOrder { get; init; } = [];

    /// <summary>The position from which on the operations contradict each other, whatever the object was before. 0 if all of the history is needed.</summary>
    public required long WindowStart { get; init; }

    /// <summary>
    /// The operations on which the verdict rests, the culprit among them. Of every other one that started and returned in the window, the result and the return
    /// could be unknown; what was open when the window starts may have taken effect before. The verdict would be the same.
    /// The culprit alone if it would take too long to find out.
    /// </summary>
    public required IReadOnlySet<Operation> Evidence { get; init; }
}
