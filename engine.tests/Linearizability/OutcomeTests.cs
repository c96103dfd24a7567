using System;
using RaftEngine.Simulate.Linearizability;
using Xunit;

namespace RaftEngine.Tests.Linearizability;

/// <summary>What an operation's outcome means for the verdict: one small history for each rule.</summary>
public class OutcomeTests
{
    private readonly HistoryRecorder _recorder = new();

    private Verdict RegisterVerdict => LinearizabilityChecker.Check(_recorder.ToHistory(), new RegisterModel()).Verdict;

    [Fact]
    public void Nothing_is_linearizable()
    {
        Assert.Equal(Verdict.Linearizable, RegisterVerdict);
    }

    [Fact]
    public void A_write_of_unknown_outcome_may_take_effect_much_later()
    {
        _recorder.Invoke(0, OperationKind.Write, argument: "1");
        Do(1, OperationKind.Write, "2");
        Read("2");
        Read("1");

        Assert.Equal(Verdict.Linearizable, RegisterVerdict);
    }

    [Fact]
    public void A_write_of_unknown_outcome_takes_effect_once_at_most()
    {
        _recorder.Invoke(0, OperationKind.Write, argument: "1");
        Read("1");
        Do(1, OperationKind.Write, "2");
        Read("1");

        Assert.Equal(Verdict.NotLinearizable, RegisterVerdict);
    }

    [Fact]
    public void A_write_of_unknown_outcome_may_take_no_effect()
    {
        Do(1, OperationKind.Write, "2");
        _recorder.Invoke(0, OperationKind.Write, argument: "1");
        Read("2");

        Assert.Equal(Verdict.Linearizable, RegisterVerdict);
    }

    [Fact]
    public void A_write_takes_no_effect_before_it_starts()
    {
        Read("1");
        _recorder.Invoke(0, OperationKind.Write, argument: "1");

        Assert.Equal(Verdict.NotLinearizable, RegisterVerdict);
    }

    [Fact]
    public void A_failed_write_takes_no_effect()
    {
        _recorder.Fail(_recorder.Invoke(0, OperationKind.Write, argument: "1"));
        Read("1");

        Assert.Equal(Verdict.NotLinearizable, RegisterVerdict);
    }

    [Fact]
    public void A_read_of_unknown_outcome_says_nothing()
    {
        _recorder.Invoke(0, OperationKind.Read);

        Assert.Equal(Verdict.Linearizable, RegisterVerdict);
    }

    [Theory]
    [InlineData("1", "2", true)]
    [InlineData("3", "2", false)]
    [InlineData("3", "1", true)]
    public void A_compare_and_set_of_unknown_outcome_compares(string expected, string readLater, bool isLinearizable)
    {
        Do(1, OperationKind.Write, "1");
        _recorder.Invoke(0, OperationKind.CompareAndSet, argument: "2", expected: expected);
        Read(readLater);

        Assert.Equal(isLinearizable ? Verdict.Linearizable : Verdict.NotLinearizable, RegisterVerdict);
    }

    [Theory]
    [InlineData("1", null, true)]
    [InlineData("1", Operation.NotSwapped, false)]
    [InlineData("2", null, false)]
    [InlineData("2", Operation.NotSwapped, true)]
    public void An_answered_compare_and_set_says_what_was_there(string expected, string? answer, bool isLinearizable)
    {
        Do(1, OperationKind.Write, "1");
        _recorder.Succeed(_recorder.Invoke(0, OperationKind.CompareAndSet, argument: "3", expected: expected), answer);

        Assert.Equal(isLinearizable ? Verdict.Linearizable : Verdict.NotLinearizable, RegisterVerdict);
    }

    [Fact]
    public void Of_two_reads_during_a_write_the_second_does_not_see_less()
    {
        Do(0, OperationKind.Write, "1");
        int write = _recorder.Invoke(0, OperationKind.Write, argument: "2");
        Read("2");
        Read("1");
        _recorder.Succeed(write);

        Assert.Equal(Verdict.NotLinearizable, RegisterVerdict);
    }

    [Fact]
    public void Keys_are_objects_of_their_own()
    {
        _recorder.Succeed(_recorder.Invoke(0, OperationKind.Append, "a", "1"));
        _recorder.Succeed(_recorder.Invoke(0, OperationKind.Get, "b"), "");
        _recorder.Succeed(_recorder.Invoke(0, OperationKind.Get, "a"), "1");
        Assert.Equal(Verdict.Linearizable, LinearizabilityChecker.Check(_recorder.ToHistory(), new KeyValueModel()).Verdict);

        _recorder.Succeed(_recorder.Invoke(0, OperationKind.Get, "b"), "1");
        Judgement judgement = LinearizabilityChecker.Check(_recorder.ToHistory(), new KeyValueModel());
        Assert.Equal((Verdict.NotLinearizable, "b"), (judgement.Verdict, judgement.Key));
    }

    [Fact]
    public void An_increment_answers_the_sum()
    {
        int first = _recorder.Invoke(0, OperationKind.Increment, argument: "5");
        int second = _recorder.Invoke(1, OperationKind.Increment, argument: "-2");
        _recorder.Succeed(second, "-2");
        _recorder.Succeed(first, "3");
        Assert.Equal(Verdict.Linearizable, LinearizabilityChecker.Check(_recorder.ToHistory(), new CounterModel()).Verdict);

        _recorder.Succeed(_recorder.Invoke(0, OperationKind.Increment, argument: "1"), "3");
        Assert.Equal(Verdict.NotLinearizable, LinearizabilityChecker.Check(_recorder.ToHistory(), new CounterModel()).Verdict);
    }

    [Fact]
    public void An_operation_ends_once()
    {
        int write = _recorder.Invoke(0, OperationKind.Write, argument: "1");
        _recorder.Succeed(write);

        Assert.Throws<InvalidOperationException>(() => _recorder.Fail(write));
    }

    [Fact]
    public void An_operation_that_the_object_does_not_have_is_refused()
    {
        _recorder.Invoke(0, OperationKind.Append, argument: "1");

        Assert.Throws<ArgumentException>(() => RegisterVerdict);
    }

    private void Do(int process, OperationKind kind, string argument) => _recorder.Succeed(_recorder.Invoke(process, kind, argument: argument));

    private void Read(string result) => _recorder.Succeed(_recorder.Invoke(2, OperationKind.Read), result);
}
