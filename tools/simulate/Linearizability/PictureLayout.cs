using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>
/// Which operations a picture shows, and where: a lane for each process, and from left to right the events in their order, each at the next free place, with
/// the moments at which the operations take effect between them. Lengths are in pixels; times are not to scale.
/// </summary>
internal sealed class PictureLayout
{
    public const int MaxLabelValueLength = 12;
    public const double CharacterWidth = 7.3;

    private const int MinPlaced = 6;
    private const int MaxPlaced = 24;
    private const double LeftEdge = 24;
    private const double MinEventGap = 22;
    private const double DigitWidth = 6.5;
    private const double MomentGap = 24;

    private readonly Diagnosis _diagnosis;
    private readonly Dictionary<Operation, double> _invokedAt = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Operation, double> _returnedAt = new(ReferenceEqualityComparer.Instance);
    private readonly double[] _effectAt;

    public PictureLayout(Diagnosis diagnosis)
    {
        _diagnosis = diagnosis;
        int skipped = FirstShown(diagnosis);
        Placed = [.. diagnosis.Order.Skip(skipped)];
        HashSet<Operation> placed = new(diagnosis.Order, ReferenceEqualityComparer.Instance);
        long start = Placed.Where(operation => !operation.MayBeLeftOut).Append(diagnosis.Culprit).Min(operation => operation.Invoked);
        placed.Add(diagnosis.Culprit);
        List<Operation> open = [.. diagnosis.Operations.Where(operation => !placed.Contains(operation))];
        Open = [.. open.Where(operation => operation.Invoked >= start)];
        OpenFromBefore = [.. open.Where(operation => operation.Invoked < start)];
        Shown = [.. Placed.Concat(Open).Append(diagnosis.Culprit).OrderBy(operation => operation.Invoked)];
        Processes = [.. Shown.Select(operation => operation.Process).Distinct().Order()];
        States = StatesAlong(diagnosis, skipped);
        _effectAt = new double[Placed.Count];
        LayOut();
    }

    /// <summary>The operations shown that have their place, in order.</summary>
    public IReadOnlyList<Operation> Placed { get; }

    /// <summary>The operations shown that are open, and need no place.</summary>
    public IReadOnlyList<Operation> Open { get; }

    /// <summary>The operations that need no place and are open since before what is shown.</summary>
    public IReadOnlyList<Operation> OpenFromBefore { get; }

    public IReadOnlyList<Operation> Shown { get; }

    public IReadOnlyList<int> Processes { get; }

    /// <summary>What the object is before the first operation shown, and after each.</summary>
    public IReadOnlyList<string?> States { get; }

    /// <summary>The place of each event shown, for the scale.</summary>
    public IEnumerable<(double X, long Position)> Events => _invokedAt.Select(pair => (pair.Value, pair.Key.Invoked))
        .Concat(_returnedAt.Select(pair => (pair.Value, pair.Key.Returned)));

    public double CulpritReturn => _returnedAt[_diagnosis.Culprit];

    /// <summary>Where the bars of open operations end.</summary>
    public double Width { get; private set; }

    public double InvokedAt(Operation operation) => _invokedAt[operation];

    public double EndOf(Operation operation) => _returnedAt.GetValueOrDefault(operation, Width);

    /// <summary>Where the operation with this place in the order, from 0, takes effect.</summary>
    public double EffectAt(int place) => _effectAt[place];

    public static string LabelOf(Operation operation) => OperationText.Of(operation, MaxLabelValueLength);

    /// <summary>What the culprit claims that the object was, and it was not.</summary>
    public static string AnswerOf(Operation culprit) => culprit switch
    {
        { Kind: OperationKind.CompareAndSet, Result: Operation.NotSwapped } => $"= {OperationText.Value(culprit.Expected, MaxLabelValueLength)}",
        { Kind: OperationKind.CompareAndSet } => $"\u2260 {OperationText.Value(culprit.Expected, MaxLabelValueLength)}",
        _ => $"\u2260 {OperationText.Value(culprit.Result, MaxLabelValueLength)}",
    };

    // From the first operation in the order that started within the window; a few more if that shows next to nothing.
    private static int FirstShown(Diagnosis diagnosis)
    {
        int count = diagnosis.Order.Count;
        int first = count;
        for (int place = count - 1; place >= 0; place--)
        {
            first = diagnosis.Order[place].Invoked >= diagnosis.WindowStart ? place : first;
        }

        return int.Max(int.Min(first, int.Max(0, count - MinPlaced)), count - MaxPlaced);
    }

    private static List<string?> StatesAlong(Diagnosis diagnosis, int skipped)
    {
        List<string?> states = [];
        string? state = diagnosis.Model.InitialState;
        for (int place = 0; place <= diagnosis.Order.Count; place++)
        {
            if (place >= skipped)
            {
                states.Add(state);
            }

            if (place < diagnosis.Order.Count && !diagnosis.Model.TryApply(state, diagnosis.Order[place], out state))
            {
                throw new InvalidOperationException($"An operation does not fit the order that was found for it: {diagnosis.Order[place]}.");
            }
        }

        return states;
    }

    private void LayOut()
    {
        List<(long Position, Operation Operation, bool IsReturn)> events = [.. Shown.Select(operation => (operation.Invoked, operation, false))
            .Concat(Shown.Where(operation => !operation.MayBeLeftOut).Select(operation => (operation.Returned, operation, true)))];
        events.Sort((left, right) => (left.Position, left.IsReturn).CompareTo((right.Position, right.IsReturn)));
        double eventGap = double.Max(MinEventGap, (DigitWidth * _diagnosis.Culprit.Returned.ToString(CultureInfo.InvariantCulture).Length) + 4);
        double x = LeftEdge;
        int place = 0;
        foreach ((_, Operation operation, bool isReturn) in events)
        {
            x += eventGap;
            if (isReturn)
            {
                x = double.Max(x, _invokedAt[operation] + LabelWidth(operation));
            }

            (isReturn ? _returnedAt : _invokedAt)[operation] = x;

            // An operation takes effect as soon as it, and all before it in the order, have been invoked: never later than any of them returns.
            for (; place < Placed.Count && _invokedAt.ContainsKey(Placed[place]); place++)
            {
                x += MomentGap;
                _effectAt[place] = x;
            }
        }

        double answerEnd = x + (2 * eventGap) + (AnswerOf(_diagnosis.Culprit).Length * CharacterWidth);
        Width = Shown.Where(operation => operation.MayBeLeftOut).Select(operation => _invokedAt[operation] + LabelWidth(operation)).Append(answerEnd).Max();
    }

    private static double LabelWidth(Operation operation) => (LabelOf(operation).Length * CharacterWidth) + 12;
}
