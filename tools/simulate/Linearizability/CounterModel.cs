using System.Collections.Generic;
using System.Globalization;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>A counter that answers the sum after each increment, as Redis' INCRBY does; 0 at first.</summary>
internal sealed class CounterModel : ISequentialModel
{
    public string Name => "counter";

    public string? InitialState => "0";

    public bool Has(OperationKind kind) => kind is OperationKind.Read or OperationKind.Increment;

    public bool TryApply(string? state, Operation operation, out string? next)
    {
        next = operation.Kind == OperationKind.Increment ? (Number(state) + Number(operation.Argument)).ToString(CultureInfo.InvariantCulture) : state;
        return !operation.ResultKnown || operation.Result == next;
    }

    public IReadOnlyCollection<string?>? StartingStates(IEnumerable<Operation> operations) => null;

    private static long Number(string? text) => long.Parse(text ?? "0", CultureInfo.InvariantCulture);
}
