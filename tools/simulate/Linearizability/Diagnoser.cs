using System;
using System.Collections.Generic;
using System.Linq;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>
/// Finds out why a history was refused: searches what came before the culprit's return again, and then forgets as much of it as the verdict allows.
/// </summary>
internal sealed class Diagnoser
{
    // What a question, and all questions, may use; one that is not decided within that counts as "cannot be forgotten", which is safe.
    private const long QuestionMemoryBytes = 1 << 20;
    private const long MaxSteps = 1_000_000;
    private const int MaxStartingStates = 4096;

    private readonly ISequentialModel _model;
    private readonly Operation _culprit;
    private readonly List<Operation> _operations;
    private long _steps;

    private Diagnoser(ISequentialModel model, IReadOnlyList<Operation> operations, Operation culprit)
    {
        _model = model;
        _operations = UpTo(culprit, operations);
        _culprit = culprit;
    }

    /// <summary>Explains a refusal.</summary>
    /// <exception cref="ArgumentException">The judgement does not refuse.</exception>
    public static Diagnosis Explain(Judgement refusal, ISequentialModel model)
    {
        Operation culprit = refusal.Culprit ?? throw new ArgumentException("The history has not been refused.", nameof(refusal));
        return new Diagnoser(model, refusal.Operations, culprit).Explain();
    }

    // Of operations that return at the same position the one invoked first returns first, as in the search.
    private static List<Operation> UpTo(Operation culprit, IReadOnlyList<Operation> operations)
    {
        List<Operation> all = [.. operations.Where(operation => operation.Invoked <= culprit.Returned).OrderBy(operation => operation.Invoked)];
        int place = all.FindIndex(operation => ReferenceEquals(operation, culprit));
        return [.. all.Select((operation, at) =>
            (operation.Returned, at).CompareTo((culprit.Returned, place)) > 0 ? operation with { Returned = Operation.Never } : operation)];
    }

    private Diagnosis Explain()
    {
        CulpritWatch watch = new(_culprit);
        OrderSearch search = new(_model, _operations, long.MaxValue, observer: watch);
        if (search.Run() != Verdict.NotLinearizable)
        {
            throw new InvalidOperationException("A history that was refused was accepted when it was looked at again.");
        }

        long windowStart = FindWindowStart();
        return new Diagnosis
        {
            Model = _model,
            Culprit = _culprit,
            Operations = _operations,
            Order = watch.Order,
            States = watch.States,
            LeftWithoutPlace = watch.LeftWithoutPlace,
            OtherOrder = watch.OtherOrder,
            WindowStart = windowStart,
            Evidence = FindEvidence(windowStart),
        };
    }

    // The longer the window, the less fits: so the latest start that still refuses is found by halving.
    private long FindWindowStart()
    {
        List<long> starts = [0, .. _operations.Select(operation => operation.Invoked).Where(position => position <= _culprit.Invoked)];
        int refuses = 0;
        int end = starts.Count;
        while (end - refuses > 1)
        {
            int middle = (refuses + end) / 2;
            if (RefusesFromEveryStart(InWindow(starts[middle]), starts[middle]))
            {
                refuses = middle;
            }
            else
            {
                end = middle;
            }
        }

        return starts[refuses];
    }

    // What was open when the window starts may have taken effect before.
    private List<Operation> InWindow(long start) =>
        [.. _operations.Where(operation => operation.Returned > start)
            .Select(operation => operation.Invoked < start ? operation with { Returned = Operation.Never } : operation)];

    private bool RefusesFromEveryStart(List<Operation> operations, long start)
    {
        if (start == 0)
        {
            return Refuses(_model, operations);
        }

        IReadOnlyCollection<string?>? states = _model.StartingStates(operations);
        return states is not null && states.Count <= MaxStartingStates && states.All(state => Refuses(new StartedModel(_model, state), operations));
    }

    private bool Refuses(ISequentialModel model, List<Operation> operations)
    {
        _steps += operations.Count; // to set the question up
        OrderSearch search = new(model, operations, QuestionMemoryBytes, () => (_steps += OrderSearch.StepsBetweenQuestions) > MaxSteps);
        return _steps <= MaxSteps && search.Run() == Verdict.NotLinearizable;
    }

    private HashSet<Operation> FindEvidence(long start)
    {
        List<Operation> window = InWindow(start);
        HashSet<Operation> evidence = new(ReferenceEqualityComparer.Instance) { _culprit };
        List<Operation> candidates = [.. window.Where(operation => !operation.MayBeLeftOut && !ReferenceEquals(operation, _culprit))];
        HashSet<Operation> forgotten = new(ReferenceEqualityComparer.Instance);
        Forget(window, candidates, start, forgotten, evidence);
        if (_steps > MaxSteps)
        {
            evidence.IntersectWith([_culprit]); // what has not been asked about would look like evidence
        }

        return evidence;
    }

    // Tries to forget many at once; where that is too much, halves, the older ones first, so that the evidence is what happened last.
    private void Forget(List<Operation> window, List<Operation> candidates, long start, HashSet<Operation> forgotten, HashSet<Operation> evidence)
    {
        if (candidates.Count == 0)
        {
            return;
        }

        forgotten.UnionWith(candidates);
        if (RefusesFromEveryStart(Without(window, forgotten), start))
        {
            return;
        }

        forgotten.ExceptWith(candidates);
        if (candidates.Count == 1)
        {
            evidence.Add(candidates[0]);
            return;
        }

        int half = candidates.Count / 2;
        Forget(window, candidates[..half], start, forgotten, evidence);
        Forget(window, candidates[half..], start, forgotten, evidence);
    }

    private static List<Operation> Without(List<Operation> window, HashSet<Operation> forgotten) =>
        [.. window.Where(operation => !operation.IsRead || !forgotten.Contains(operation))
            .Select(operation => forgotten.Contains(operation) ? operation with { Returned = Operation.Never, Result = null, ResultKnown = false } : operation)];
}
