using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Simulate.Linearizability;

namespace RaftEngine.Tests.Linearizability;

/// <summary>
/// The definition of linearizability, word for word: is there an order of all operations that returned, and of some of the others, that keeps to real time
/// and that the object explains? It tries all orders, remembers nothing, and knows the objects by itself.
/// </summary>
internal static class BruteForce
{
    public static bool Accepts(IReadOnlyList<Operation> history, string? start) => Continues(history, new bool[history.Count], start);

    private static bool Continues(IReadOnlyList<Operation> history, bool[] placed, string? state)
    {
        bool complete = true;
        long firstReturn = long.MaxValue;
        for (int operation = 0; operation < history.Count; operation++)
        {
            if (!placed[operation] && history[operation].Returned != Operation.Never)
            {
                complete = false;
                firstReturn = Math.Min(firstReturn, history[operation].Returned);
            }
        }

        if (complete)
        {
            return true;
        }

        for (int operation = 0; operation < history.Count; operation++)
        {
            if (placed[operation] || history[operation].Invoked > firstReturn || Step(state, history[operation]) is not [var next])
            {
                continue;
            }

            placed[operation] = true;
            bool accepts = Continues(history, placed, next);
            placed[operation] = false;
            if (accepts)
            {
                return true;
            }
        }

        return false;
    }

    // The state after the operation, or nothing.
    private static string?[] Step(string? state, Operation operation)
    {
        (string? next, string? answer) = operation.Kind switch
        {
            OperationKind.Read or OperationKind.Get => (state, state),
            OperationKind.Write or OperationKind.Put => (operation.Argument, null),
            OperationKind.Append => (string.Concat(state, operation.Argument), null),
            OperationKind.CompareAndSet => state == operation.Expected ? (operation.Argument, null) : (state, Operation.NotSwapped),
            _ => Sum(state, operation.Argument),
        };
        return !operation.ResultKnown || answer == operation.Result ? [next] : [];
    }

    private static (string? Next, string? Answer) Sum(string? state, string? argument)
    {
        int sum = new[] { state, argument }.Sum(text => int.Parse(text!, System.Globalization.CultureInfo.InvariantCulture));
        string text = $"{sum}";
        return (text, text);
    }
}
