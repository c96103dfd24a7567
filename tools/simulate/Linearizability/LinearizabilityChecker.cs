using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>Judges histories: each object by itself, for a history is linearizable if and only if each object's part is (Herlihy and Wing, 1990).</summary>
internal static class LinearizabilityChecker
{
    /// <summary>Judges a history.</summary>
    /// <param name="history">The operations, in any order. Those that are known to have failed are not among them.</param>
    /// <param name="model">What each object does.</param>
    /// <param name="limits">What the check may use.</param>
    /// <returns>The verdict; on the first object that is refused, or else that is not known, with its operations.</returns>
    public static Judgement Check(IEnumerable<Operation> history, ISequentialModel model, CheckerLimits? limits = null)
    {
        limits ??= new CheckerLimits();
        long started = Stopwatch.GetTimestamp();
        Func<bool>? isOutOfTime = limits.MaxTime is { } maxTime ? () => Stopwatch.GetElapsedTime(started) >= maxTime : null;
        int objects = 0;
        long configurations = 0;
        (string? Key, IReadOnlyList<Operation> Operations)? undecided = null;
        foreach (IGrouping<string, Operation> group in history.Where(TellsSomething).GroupBy(operation => operation.Key ?? "", StringComparer.Ordinal))
        {
            List<Operation> operations = [.. group];
            if (operations.Find(operation => !model.Has(operation.Kind)) is { } stranger)
            {
                throw new ArgumentException($"A {model.Name} has no operation {stranger.Kind}.", nameof(history));
            }

            OrderSearch search = new(model, operations, limits.MaxMemoryBytes, isOutOfTime);
            Verdict verdict = search.Run();
            objects++;
            configurations += search.Configurations;
            if (verdict == Verdict.NotLinearizable)
            {
                return new Judgement
                {
                    Verdict = verdict,
                    Objects = objects,
                    Configurations = configurations,
                    Key = operations[0].Key,
                    Operations = operations,
                    Culprit = search.FurthestBlocked,
                };
            }

            undecided ??= verdict == Verdict.Unknown ? (operations[0].Key, operations) : null;
        }

        return new Judgement
        {
            Verdict = undecided is null ? Verdict.Linearizable : Verdict.Unknown,
            Objects = objects,
            Configurations = configurations,
            Key = undecided?.Key,
            Operations = undecided?.Operations ?? [],
        };
    }

    // A read whose answer is unknown fits everywhere and changes nothing.
    private static bool TellsSomething(Operation operation) => !operation.IsRead || operation.ResultKnown;
}
