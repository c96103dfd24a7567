using System;
using System.Collections.Generic;
using System.Linq;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>
/// Takes down what clients do, as they do it: each call is one event, and the order of the calls is the order of the events. Not for several threads at a time.
/// </summary>
internal sealed class HistoryRecorder
{
    private readonly List<Operation?> _operations = [];
    private long _position;

    /// <summary>A client starts an operation.</summary>
    /// <returns>The number to end the operation with.</returns>
    public int Invoke(int process, OperationKind kind, string? key = null, string? argument = null, string? expected = null)
    {
        _operations.Add(new Operation
        {
            Process = process,
            Kind = kind,
            Key = key,
            Argument = argument,
            Expected = expected,
            Invoked = ++_position,
        });
        return _operations.Count - 1;
    }

    /// <summary>
    /// The operation took effect and was answered. An operation that is never ended has an unknown outcome: it may take effect at any later time, or never.
    /// </summary>
    public void Succeed(int operation, string? result = null)
    {
        Operation open = Open(operation);
        _operations[operation] = open with { Result = result, ResultKnown = true, Returned = ++_position };
    }

    /// <summary>The operation is known to take no effect, now and ever.</summary>
    public void Fail(int operation)
    {
        _ = Open(operation);
        _operations[operation] = null;
        _position++;
    }

    /// <summary>What can be judged of what has been taken down up to now.</summary>
    public IReadOnlyList<Operation> ToHistory() => [.. _operations.OfType<Operation>()];

    private Operation Open(int operation) => _operations[operation] is { MayBeLeftOut: true } open
        ? open
        : throw new InvalidOperationException($"Operation {operation} has ended already.");
}
