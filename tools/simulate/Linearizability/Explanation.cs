using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>A diagnosis in sentences.</summary>
internal static class Explanation
{
    private const int MaxValueLength = 60;
    private const int MaxStatesNamed = 6;
    private const int MaxEvidenceNamed = 7;

    /// <summary>The sentences, the most important first.</summary>
    /// <param name="diagnosis">What was found.</param>
    /// <param name="positionName">What a position is: a line, an event.</param>
    public static IEnumerable<string> Of(Diagnosis diagnosis, string positionName)
    {
        Operation culprit = diagnosis.Culprit;
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"When process {culprit.Process}'s {Asked(culprit)} returns ({positionName} {culprit.Returned}), the {diagnosis.Model.Name} {MustBe(diagnosis)}, "
            + $"but {Answered(culprit)}.");
        if (Difference(diagnosis) is { } difference)
        {
            yield return difference;
        }

        if (diagnosis.LeftWithoutPlace is { } left)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Taking effect earlier, when the {diagnosis.Model.Name} was {Value(StateAtCulprit(diagnosis))}, it would leave no place for "
                + $"{Named(left)}.");
        }
        else
        {
            yield return "It has no place earlier either: at no time while it was open, in any order, could it have been answered so.";
        }

        if (diagnosis.WindowStart > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"This holds whatever the {diagnosis.Model.Name} was before {positionName} {diagnosis.WindowStart}.");
        }

        if (diagnosis.Evidence.Count is > 1 and <= MaxEvidenceNamed)
        {
            IEnumerable<Operation> others = diagnosis.Evidence.Where(operation => !ReferenceEquals(operation, culprit)).OrderBy(operation => operation.Invoked);
            yield return $"It rests on {List([.. others.Select(Named)], "and")}.";
        }

        string Named(Operation operation) => string.Create(
            CultureInfo.InvariantCulture,
            $"process {operation.Process}'s {OperationText.Of(operation, MaxValueLength)} ({positionName}s {operation.Invoked} to {operation.Returned})");
    }

    private static string MustBe(Diagnosis diagnosis)
    {
        string[] named = [.. diagnosis.States.Take(MaxStatesNamed).Select(Value)];
        return $"must be {List(diagnosis.States.Count > MaxStatesNamed ? [.. named, "one of several more"] : named, "or")}";
    }

    private static string List(string[] items, string last) => items.Length == 1 ? items[0] : $"{string.Join(", ", items[..^1])} {last} {items[^1]}";

    private static string Asked(Operation operation) => operation.Kind switch
    {
        OperationKind.Read => "read",
        OperationKind.Get => "get",
        OperationKind.CompareAndSet => "compare-and-set",
        OperationKind.Increment => $"increment by {operation.Argument}",
        _ => OperationText.Of(operation, MaxValueLength),
    };

    private static string Answered(Operation operation) => operation switch
    {
        { Kind: OperationKind.CompareAndSet, Result: Operation.NotSwapped } => $"it answered that it had not found {Value(operation.Expected)}",
        { Kind: OperationKind.CompareAndSet } => $"it answered that it had found {Value(operation.Expected)} and set {Value(operation.Argument)}",
        _ => $"it answered {Value(operation.Result)}",
    };

    // Where long values part: two texts of a hundred characters do not show it by themselves.
    private static string? Difference(Diagnosis diagnosis)
    {
        if (diagnosis.Culprit is not { IsRead: true, Result: { } answered } || answered.Length <= MaxValueLength / 2)
        {
            return null;
        }

        string nearest = diagnosis.States.OfType<string>().MaxBy(state => state.AsSpan().CommonPrefixLength(answered)) ?? "";
        int same = nearest.AsSpan().CommonPrefixLength(answered);
        string Rest(string value) => same == value.Length ? "ends there" : $"goes on with {Value(value[same..])}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The first {same} characters agree with the nearest of these; then the {diagnosis.Model.Name} {Rest(nearest)}, the answer {Rest(answered)}.");
    }

    private static string? StateAtCulprit(Diagnosis diagnosis)
    {
        string? state = diagnosis.Model.InitialState;
        foreach (Operation operation in diagnosis.OtherOrder.TakeWhile(operation => !ReferenceEquals(operation, diagnosis.Culprit)))
        {
            diagnosis.Model.TryApply(state, operation, out state);
        }

        return state;
    }

    private static string Value(string? value) => OperationText.Value(value, MaxValueLength);
}
