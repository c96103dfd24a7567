using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Simulate.Linearizability;
using Xunit;

namespace RaftEngine.Tests.Linearizability;

public class DiagnosisTests
{
    [Fact]
    public void A_diagnosis_says_only_what_is_true()
    {
        ISequentialModel model = new RegisterModel();
        int shorterWindows = 0;
        int leftWithoutPlace = 0;
        for (int seed = 0; seed < 2000; seed++)
        {
            Judgement judgement = LinearizabilityChecker.Check(Histories.Arbitrary(new Random(seed), model, 7), model);
            if (judgement.Verdict != Verdict.NotLinearizable)
            {
                continue;
            }

            Diagnosis diagnosis = Diagnoser.Explain(judgement, model);
            AssertOrderFits(diagnosis.Order, diagnosis);
            Assert.Equal(ReachableStates(diagnosis).Order(), diagnosis.States.Order());
            Assert.True(RefusedOnEvidence(diagnosis), $"seed {seed}");
            shorterWindows += diagnosis.WindowStart > 0 ? 1 : 0;
            if (diagnosis.LeftWithoutPlace is not null)
            {
                leftWithoutPlace++;
                Assert.Contains(diagnosis.OtherOrder, operation => ReferenceEquals(operation, diagnosis.Culprit));
                Assert.DoesNotContain(diagnosis.OtherOrder, operation => ReferenceEquals(operation, diagnosis.LeftWithoutPlace));
            }
        }

        Assert.InRange(shorterWindows, 100, 2000);
        Assert.InRange(leftWithoutPlace, 5, 2000);
    }

    [Fact]
    public void The_evidence_is_what_makes_a_read_stale()
    {
        HistoryRecorder recorder = new();
        for (int round = 0; round < 30; round++)
        {
            recorder.Succeed(recorder.Invoke(0, OperationKind.Write, argument: $"{round}"));
            recorder.Succeed(recorder.Invoke(1, OperationKind.Read), $"{round}");
        }

        recorder.Succeed(recorder.Invoke(1, OperationKind.Read), "28");
        Diagnosis diagnosis = Explain(recorder, new RegisterModel());

        Assert.Equal(["28"], diagnosis.Evidence.Where(operation => operation.Returned == 122).Select(operation => operation.Result));
        Assert.Equal(["29"], diagnosis.Evidence.Where(operation => operation.Returned < 122).Select(operation => operation.Result));
        Assert.Equal(["29"], diagnosis.States);
        Assert.Equal(119, diagnosis.WindowStart);
    }

    [Fact]
    public void An_explanation_says_what_must_be_and_what_was_answered()
    {
        HistoryRecorder recorder = new();
        recorder.Succeed(recorder.Invoke(0, OperationKind.Write, argument: "1"));
        recorder.Succeed(recorder.Invoke(0, OperationKind.Write, argument: "2"));
        recorder.Succeed(recorder.Invoke(7, OperationKind.Read), "1");
        string[] sentences = [.. Explanation.Of(Explain(recorder, new RegisterModel()), "line")];

        Assert.Equal("When process 7's read returns (line 6), the register must be 2, but it answered 1.", sentences[0]);
        Assert.Equal("It has no place earlier either: at no time while it was open, in any order, could it have been answered so.", sentences[1]);
        Assert.Equal("This holds whatever the register was before line 3.", sentences[2]);
        Assert.Equal("It rests on process 0's write 2 (lines 3 to 4).", sentences[3]);
    }

    [Fact]
    public void An_explanation_says_who_would_be_left_without_a_place()
    {
        HistoryRecorder recorder = new();
        int first = recorder.Invoke(1, OperationKind.CompareAndSet, argument: "2");
        int second = recorder.Invoke(2, OperationKind.CompareAndSet, argument: "3");
        recorder.Succeed(second);
        recorder.Succeed(first);
        string[] sentences = [.. Explanation.Of(Explain(recorder, new RegisterModel()), "event")];

        Assert.Equal("When process 1's compare-and-set returns (event 4), the register must be 3, but it answered that it had found nil and set 2.", sentences[0]);
        Assert.Equal(
            "Taking effect earlier, when the register was nil, it would leave no place for process 2's cas nil \u2192 3: yes (events 2 to 3).", sentences[1]);
    }

    [Fact]
    public void An_explanation_of_long_values_says_where_they_part()
    {
        HistoryRecorder recorder = new();
        for (int round = 1; round <= 8; round++)
        {
            recorder.Succeed(recorder.Invoke(0, OperationKind.Append, argument: $"piece {round}, "));
        }

        recorder.Succeed(recorder.Invoke(0, OperationKind.Get), string.Concat(Enumerable.Range(1, 8).Select(round => round == 7 ? "another, " : $"piece {round}, ")));

        Assert.Contains("The first 54 characters agree", string.Join('\n', Explanation.Of(Explain(recorder, new KeyValueModel()), "line")), StringComparison.Ordinal);
    }

    [Fact]
    public void Only_a_refusal_can_be_explained()
    {
        Assert.Throws<ArgumentException>(() => Explain(new HistoryRecorder(), new RegisterModel()));
    }

    private static Diagnosis Explain(HistoryRecorder recorder, ISequentialModel model) =>
        Diagnoser.Explain(LinearizabilityChecker.Check(recorder.ToHistory(), model), model);

    // All that returned before the culprit is in the order, nothing before what preceded it, and the model explains every answer.
    private static void AssertOrderFits(IReadOnlyList<Operation> order, Diagnosis diagnosis)
    {
        string? state = diagnosis.Model.InitialState;
        for (int place = 0; place < order.Count; place++)
        {
            Assert.True(diagnosis.Model.TryApply(state, order[place], out state));
            Assert.DoesNotContain(order.Skip(place + 1), later => later.Returned < order[place].Invoked);
        }

        Assert.All(diagnosis.Operations.Where(operation => operation.Returned < diagnosis.Culprit.Returned), operation => Assert.Contains(operation, order));
    }

    // By trying all values: can everything else be followed by a read of the value, as the last of what has to be placed?
    private static IEnumerable<string?> ReachableStates(Diagnosis diagnosis)
    {
        Operation culprit = diagnosis.Culprit;
        List<Operation> others = [.. diagnosis.Operations.Where(operation => !ReferenceEquals(operation, culprit))];
        foreach (string? value in new[] { null, "0", "1", "2" })
        {
            // A read from the culprit's return on: whatever returned before must have its place before it.
            Operation probe = new()
            {
                Process = -1,
                Kind = OperationKind.Read,
                Result = value,
                ResultKnown = true,
                Invoked = culprit.Returned + 1,
                Returned = culprit.Returned + 2,
            };
            if (BruteForce.Accepts([.. others, probe], null))
            {
                yield return value;
            }
        }
    }

    private static bool RefusedOnEvidence(Diagnosis diagnosis)
    {
        List<Operation> evidence = [.. diagnosis.Operations.Where(operation => operation.Returned > diagnosis.WindowStart)
            .Where(operation => !operation.IsRead || IsEvidence(operation))
            .Select(operation => IsEvidence(operation) || operation.MayBeLeftOut ? operation
                : operation.Invoked < diagnosis.WindowStart ? operation with { Returned = Operation.Never }
                : operation with { Returned = Operation.Never, ResultKnown = false })];
        string?[] starts = diagnosis.WindowStart > 0 ? [null, "0", "1", "2", "3"] : [null];
        return !starts.Any(start => BruteForce.Accepts(evidence, start));

        bool IsEvidence(Operation operation) =>
            diagnosis.Evidence.Any(one => one.Process == operation.Process && one.Invoked == operation.Invoked);
    }
}
