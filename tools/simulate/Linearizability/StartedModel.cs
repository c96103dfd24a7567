using System.Collections.Generic;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>A model that starts from another state.</summary>
internal sealed class StartedModel(ISequentialModel model, string? initialState) : ISequentialModel
{
    public string Name => model.Name;

    public string? InitialState => initialState;

    public bool Has(OperationKind kind) => model.Has(kind);

    public bool TryApply(string? state, Operation operation, out string? next) => model.TryApply(state, operation, out next);

    public IReadOnlyCollection<string?>? StartingStates(IEnumerable<Operation> operations) => model.StartingStates(operations);
}
