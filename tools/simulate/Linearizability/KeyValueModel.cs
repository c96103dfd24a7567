using System.Collections.Generic;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>The value under one key of a store with get, put and append; empty at first.</summary>
internal sealed class KeyValueModel : ISequentialModel
{
    private const string AnyOther = "\0any other value";

    public string Name => "value";

    public string? InitialState => "";

    public bool Has(OperationKind kind) => kind is OperationKind.Get or OperationKind.Put or OperationKind.Append;

    public bool TryApply(string? state, Operation operation, out string? next)
    {
        next = operation.Kind switch
        {
            OperationKind.Put => operation.Argument,
            OperationKind.Append => state + operation.Argument,
            _ => state,
        };
        return !operation.IsRead || !operation.ResultKnown || operation.Result == state;
    }

    // What is read is the start with something behind it, or has nothing to do with it: so every beginning of what is read, and one value that begins nothing.
    public IReadOnlyCollection<string?> StartingStates(IEnumerable<Operation> operations)
    {
        HashSet<string?> states = [AnyOther];
        foreach (Operation operation in operations)
        {
            for (int length = 0; operation is { IsRead: true, Result: not null } && length <= operation.Result.Length; length++)
            {
                states.Add(operation.Result[..length]);
            }
        }

        return states;
    }
}
