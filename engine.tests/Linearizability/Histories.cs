using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using RaftEngine.Simulate.Linearizability;

namespace RaftEngine.Tests.Linearizability;

/// <summary>Histories made up by chance.</summary>
internal static class Histories
{
    public static ISequentialModel[] Models { get; } = [new RegisterModel(), new KeyValueModel(), new CounterModel()];

    /// <summary>What is known of a history at a position: what returns later may be left out.</summary>
    public static List<Operation> Until(IEnumerable<Operation> history, long position) =>
        [.. history.Where(operation => operation.Invoked <= position)
            .Select(operation => operation.Returned > position ? operation with { Returned = Operation.Never } : operation)];

    /// <summary>
    /// A few operations of a few processes on one object, with arguments and results from so few values that many histories are linearizable, and many not.
    /// Some share a position, some never return.
    /// </summary>
    public static List<Operation> Arbitrary(Random random, ISequentialModel model, int count)
    {
        HistoryTape tape = new(random, model);
        while (tape.Started < count || random.Next(3) > 0)
        {
            int process = random.Next(3);
            if (!tape.IsOpen(process))
            {
                tape.Start(process, tape.Started < count);
            }
            else if (random.Next(6) == 0)
            {
                tape.Abandon(process);
            }
            else
            {
                tape.End(process, RandomResult(random, model, tape.Open(process)));
            }
        }

        return tape.ToHistory();
    }

    /// <summary>
    /// A history that is linearizable because it is made so: every operation takes effect at one moment between its start and its end. Some operations never
    /// return, with effect or without, at once or much later.
    /// </summary>
    public static List<Operation> Linearizable(Random random, ISequentialModel model, int count, int processes)
    {
        HistoryTape tape = new(random, model) { Processes = processes };
        string? state = model.InitialState;
        Dictionary<int, string?> answers = []; // by process, of operations that have taken effect
        List<Operation> adrift = [];
        while (tape.Started < count || tape.AnyOpen)
        {
            int process = random.Next(processes);
            if (!tape.IsOpen(process))
            {
                tape.Start(process, tape.Started < count);
                continue;
            }

            if (answers.Remove(process, out string? answer))
            {
                tape.End(process, answer);
            }
            else if (random.Next(12) == 0)
            {
                adrift.Add(tape.Open(process));
                tape.Abandon(process);
            }
            else
            {
                answers[process] = Answer(model, ref state, tape.Open(process));
            }

            if (adrift.Count > 0 && random.Next(10) == 0)
            {
                int late = random.Next(adrift.Count);
                _ = random.Next(2) == 0 ? null : Answer(model, ref state, adrift[late]);
                adrift.RemoveAt(late);
            }
        }

        return tape.ToHistory();
    }

    private static string? Answer(ISequentialModel model, ref string? state, Operation operation)
    {
        string? before = state;
        model.TryApply(state, operation, out state);
        return operation switch
        {
            { Kind: OperationKind.CompareAndSet } => before == operation.Expected ? null : Operation.NotSwapped,
            { IsRead: true } or { Kind: OperationKind.Increment } => state,
            _ => null,
        };
    }

    private static string? RandomResult(Random random, ISequentialModel model, Operation operation) => operation.Kind switch
    {
        OperationKind.CompareAndSet => random.Next(3) > 0 ? null : Operation.NotSwapped,
        OperationKind.Read when model is CounterModel => random.Next(5).ToString(CultureInfo.InvariantCulture),
        OperationKind.Increment => random.Next(1, 5).ToString(CultureInfo.InvariantCulture),
        OperationKind.Read => random.Next(4) == 0 ? null : random.Next(3).ToString(CultureInfo.InvariantCulture),
        OperationKind.Get => string.Concat(Enumerable.Range(0, random.Next(3)).Select(_ => random.Next(2))),
        _ => null,
    };
}
