using System.Collections.Generic;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>A register with read, write and compare-and-set, nil at first.</summary>
internal sealed class RegisterModel : ISequentialModel
{
    private const string AnyOther = "\0any other value";

    public string Name => "register";

    public string? InitialState => null;

    public bool Has(OperationKind kind) => kind is OperationKind.Read or OperationKind.Write or OperationKind.CompareAndSet;

    public bool TryApply(string? state, Operation operation, out string? next)
    {
        next = state;
        switch (operation.Kind)
        {
            case OperationKind.Read:
                return !operation.ResultKnown || operation.Result == state;
            case OperationKind.Write:
                next = operation.Argument;
                return true;
            case OperationKind.CompareAndSet:
                bool swaps = operation.Expected == state;
                next = swaps ? operation.Argument : state;
                return !operation.ResultKnown || swaps == (operation.Result != Operation.NotSwapped);
            default:
                return false;
        }
    }

    // What is read or expected, and one value that nothing reads or expects.
    public IReadOnlyCollection<string?> StartingStates(IEnumerable<Operation> operations)
    {
        HashSet<string?> states = [AnyOther];
        foreach (Operation operation in operations)
        {
            switch (operation)
            {
                case { Kind: OperationKind.Read, ResultKnown: true }:
                    states.Add(operation.Result);
                    break;
                case { Kind: OperationKind.CompareAndSet }:
                    states.Add(operation.Expected);
                    break;
            }
        }

        return states;
    }
}
