using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Simulate.Linearizability;
using Xunit;

namespace RaftEngine.Tests.Linearizability;

/// <summary>The checker against the definition, on thousands of small histories, and on large ones whose verdict is known by the way they are made.</summary>
public class AgreementTests
{
    private const int Seeds = 4000;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void The_checker_agrees_with_the_definition(int modelNumber)
    {
        ISequentialModel model = Histories.Models[modelNumber];
        int accepted = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            List<Operation> history = Histories.Arbitrary(new Random(seed), model, 2 + (seed % 6));
            bool expected = BruteForce.Accepts(history, model.InitialState);
            Verdict verdict = LinearizabilityChecker.Check(history, model).Verdict;

            Assert.True(verdict == (expected ? Verdict.Linearizable : Verdict.NotLinearizable), $"seed {seed}: {verdict}");
            accepted += expected ? 1 : 0;
        }

        Assert.InRange(accepted, Seeds / 10, Seeds * 9 / 10);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void One_wrong_answer_is_judged_as_the_definition_does(int modelNumber)
    {
        ISequentialModel model = Histories.Models[modelNumber];
        int refused = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            Random random = new(seed);
            List<Operation> history = Histories.Linearizable(random, model, 7, 3);
            Assert.True(BruteForce.Accepts(history, model.InitialState));
            int wrong = random.Next(history.Count);
            Operation[] alike = [.. history.Where(operation => operation.Kind == history[wrong].Kind)];
            history[wrong] = history[wrong] with { Result = alike[random.Next(alike.Length)].Result };
            bool expected = BruteForce.Accepts(history, model.InitialState);

            Assert.Equal(expected ? Verdict.Linearizable : Verdict.NotLinearizable, LinearizabilityChecker.Check(history, model).Verdict);
            refused += expected ? 0 : 1;
        }

        Assert.InRange(refused, Seeds / 20, Seeds);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void The_history_breaks_at_the_culprit_and_not_before(int modelNumber)
    {
        ISequentialModel model = Histories.Models[modelNumber];
        int refused = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            List<Operation> history = Histories.Arbitrary(new Random(seed), model, 6);
            if (LinearizabilityChecker.Check(history, model).Culprit is not { } culprit)
            {
                continue;
            }

            refused++;
            Assert.False(BruteForce.Accepts(Histories.Until(history, culprit.Returned), model.InitialState), $"seed {seed}");
            Assert.True(BruteForce.Accepts(Histories.Until(history, culprit.Returned - 1), model.InitialState), $"seed {seed}");
        }

        Assert.InRange(refused, Seeds / 10, Seeds);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_history_made_linearizable_is_accepted_on_every_key(int modelNumber)
    {
        ISequentialModel model = Histories.Models[modelNumber];
        for (int seed = 0; seed < 60; seed++)
        {
            IEnumerable<Operation> history = Enumerable.Range(0, 3)
                .SelectMany(key => Histories.Linearizable(new Random((3 * seed) + key), model, 150, 4).Select(operation => operation with { Key = $"{key}" }));
            Judgement judgement = LinearizabilityChecker.Check(history, model);

            Assert.True(judgement.Verdict == Verdict.Linearizable, $"seed {seed}: {judgement.Verdict} on key {judgement.Key}");
            Assert.Equal(3, judgement.Objects);
        }
    }

    [Fact]
    public void A_stale_read_among_thousands_of_operations_is_found()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            Random random = new(seed);
            HistoryRecorder recorder = new();
            int stale = random.Next(100, 900);
            for (int round = 0; round < 1000; round++)
            {
                int write = recorder.Invoke(0, OperationKind.Write, argument: $"{round}");
                int other = recorder.Invoke(1, OperationKind.Read);
                recorder.Succeed(write);
                recorder.Succeed(other, round > 0 && random.Next(2) == 0 ? $"{round - 1}" : $"{round}");
                int read = recorder.Invoke(1, OperationKind.Read);
                recorder.Succeed(read, round == stale ? $"{round - 1}" : $"{round}");
            }

            Judgement judgement = LinearizabilityChecker.Check(recorder.ToHistory(), new RegisterModel());

            Assert.Equal(Verdict.NotLinearizable, judgement.Verdict);
            Assert.Equal((6 * stale) + 6, judgement.Culprit!.Returned);
        }
    }
}
