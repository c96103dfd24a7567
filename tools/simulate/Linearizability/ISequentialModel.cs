using System.Collections.Generic;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>
/// What one object does when its operations come one at a time. States are texts, null is nil; a model holds nothing itself. An object that has many
/// keys is as many objects, and each operation names its own.
/// </summary>
internal interface ISequentialModel
{
    /// <summary>What the object is called in explanations.</summary>
    string Name { get; }

    string? InitialState { get; }

    /// <summary>Whether the object has such an operation.</summary>
    bool Has(OperationKind kind);

    /// <summary>Whether the operation can have the result it had, if any is known, in this state; and what the state is then.</summary>
    bool TryApply(string? state, Operation operation, out string? next);

    /// <summary>
    /// States to start from, at least one of every kind that the operations can tell apart: if they do not fit from any of these, they do not fit from any state.
    /// Null if the model cannot name them.
    /// </summary>
    IReadOnlyCollection<string?>? StartingStates(IEnumerable<Operation> operations);
}
