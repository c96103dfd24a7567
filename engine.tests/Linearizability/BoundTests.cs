using System;
using System.Collections.Generic;
using RaftEngine.Simulate.Linearizability;
using Xunit;

namespace RaftEngine.Tests.Linearizability;

public class BoundTests
{
    [Fact]
    public void A_check_that_needs_more_memory_than_it_may_use_does_not_know()
    {
        List<Operation> history = Hard(writes: 16);
        Judgement judgement = LinearizabilityChecker.Check(history, new RegisterModel(), new CheckerLimits { MaxMemoryBytes = 64 << 10 });

        Assert.Equal(Verdict.Unknown, judgement.Verdict);
        Assert.Null(judgement.Culprit);
        Assert.Equal(history.Count, judgement.Operations.Count);
    }

    [Fact]
    public void With_enough_memory_the_same_kind_of_history_is_refused()
    {
        Assert.Equal(Verdict.NotLinearizable, LinearizabilityChecker.Check(Hard(writes: 10), new RegisterModel()).Verdict);
    }

    [Fact]
    public void A_check_that_needs_more_time_than_it_may_take_does_not_know()
    {
        Judgement judgement = LinearizabilityChecker.Check(Hard(writes: 16), new RegisterModel(), new CheckerLimits { MaxTime = TimeSpan.Zero });

        Assert.Equal(Verdict.Unknown, judgement.Verdict);
        Assert.InRange(judgement.Configurations, 1, 2048);
    }

    [Fact]
    public void However_small_the_bound_no_verdict_is_wrong()
    {
        ISequentialModel model = new RegisterModel();
        int unknown = 0;
        int known = 0;
        for (int seed = 0; seed < 300; seed++)
        {
            List<Operation> history = Histories.Linearizable(new Random(seed), model, 200, 6);
            Judgement judgement = LinearizabilityChecker.Check(history, model, new CheckerLimits { MaxMemoryBytes = 6000 + (200 * seed) });

            Assert.NotEqual(Verdict.NotLinearizable, judgement.Verdict);
            unknown += judgement.Verdict == Verdict.Unknown ? 1 : 0;
            known += judgement.Verdict == Verdict.Linearizable ? 1 : 0;
        }

        Assert.InRange(unknown, 10, 290);
        Assert.InRange(known, 10, 290);
    }

    [Fact]
    public void A_refused_key_counts_more_than_one_that_is_not_known()
    {
        List<Operation> history = [.. Hard(writes: 16).ConvertAll(operation => operation with { Key = "hard" })];
        history.Add(new Operation { Process = 0, Kind = OperationKind.Read, Key = "wrong", Result = "1", ResultKnown = true, Invoked = 100, Returned = 101 });
        Judgement judgement = LinearizabilityChecker.Check(history, new RegisterModel(), new CheckerLimits { MaxMemoryBytes = 64 << 10 });

        Assert.Equal((Verdict.NotLinearizable, "wrong"), (judgement.Verdict, judgement.Key));
    }

    [Fact]
    public void Long_histories_of_much_concurrency_take_little_memory()
    {
        ISequentialModel model = new KeyValueModel();
        Random random = new(1);
        HistoryRecorder recorder = new();
        int[] open = new int[8];
        for (int round = 0; round < 3000; round++)
        {
            for (int process = 0; process < open.Length; process++)
            {
                open[process] = recorder.Invoke(process, OperationKind.Put, "k", $"{round}.{process}");
            }

            random.Shuffle(open);
            Array.ForEach(open, operation => recorder.Succeed(operation));
        }

        Judgement judgement = LinearizabilityChecker.Check(recorder.ToHistory(), model, new CheckerLimits { MaxMemoryBytes = 8 << 20 });

        Assert.Equal((Verdict.Linearizable, 24_000), (judgement.Verdict, judgement.Configurations));
    }

    // Writes all at once, and then a read of a value that was never written: every order of every part of them is a new
    // configuration.
    internal static List<Operation> Hard(int writes)
    {
        HistoryRecorder recorder = new();
        for (int process = 0; process < writes; process++)
        {
            recorder.Invoke(process, OperationKind.Write, argument: $"{process}");
        }

        for (int process = 0; process < writes; process++)
        {
            recorder.Succeed(process);
        }

        recorder.Succeed(recorder.Invoke(writes, OperationKind.Read), "none");
        return [.. recorder.ToHistory()];
    }
}
