using System;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>The core's small parts, each by itself.</summary>
public sealed class BuildingBlockTests
{
    [Theory]
    [InlineData(7, new long[] { 7 })]
    [InlineData(3, new long[] { 9, 3 })]
    [InlineData(5, new long[] { 9, 5, 1 })]
    [InlineData(2, new long[] { 9, 1, 5, 2 })]
    [InlineData(4, new long[] { 4, 4, 4, 1, 9 })]
    [InlineData(0, new long[] { 0, 0, 0, 8, 9 })]
    public void A_quorum_has_reached_the_lower_median(long expected, long[] values) => Assert.Equal(expected, Quorum.Reached(values));

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 2, 1)]
    [InlineData(3, 2, 2)]
    [InlineData(4, 3, 2)]
    [InlineData(5, 3, 3)]
    public void An_election_is_won_by_a_majority_and_lost_when_none_can_be_had(int voters, int toWin, int toLose)
    {
        VoteTally winning = new(new Electorate(CoreNode.Voters(voters)));
        VoteTally losing = new(new Electorate(CoreNode.Voters(voters)));
        for (int i = 0; i < voters; i++)
        {
            winning.Record(i, granted: true);
            winning.Record(i, granted: false);
            losing.Record(i, granted: false);
            losing.Record(i, granted: true);
            Assert.Equal(i + 1 >= toWin, winning.IsWon);
            Assert.Equal(i + 1 >= toLose, losing.IsLost);
            Assert.False(winning.IsLost || losing.IsWon);
        }
    }

    [Theory]
    [InlineData(4, new long[] { 4, 9, 9, 4, 0 })] // the old half has 9, the new one 4
    [InlineData(1, new long[] { 5, 1, 1, 9, 9 })] // and the other way round
    [InlineData(0, new long[] { 9, 9, 9, 0, 0 })]
    [InlineData(3, new long[] { 9, 3, 1, 3, 1 })]
    public void A_joint_configuration_has_reached_what_both_halves_have(long expected, long[] values)
    {
        // Members by position: 1 votes in both, 2 and 3 in the old half, 4 and 5 in the new one.
        Electorate joint = new(new Configuration(1, 2, 3).StepTo(new Configuration(1, 4, 5))!);
        Assert.Equal(Math.Min(Quorum.Reached([values[0], values[1], values[2]]), Quorum.Reached([values[0], values[3], values[4]])), joint.Reached(values));
        Assert.Equal(expected, joint.Reached(values));
    }

    [Fact]
    public void A_configuration_history_follows_its_log()
    {
        Configuration[] configurations = [new(1), new(2), new(3), new(4)];
        ConfigurationHistory history = new(0, configurations[0]);
        history.Append(5, configurations[1]);
        history.Append(9, configurations[2]);
        Assert.Equal([0L, 0, 5, 5, 9, 9], new long[] { 0, 4, 5, 8, 9, 100 }.Select(index => history.At(index).Index));
        Assert.Throws<InvalidOperationException>(() => history.Append(9, configurations[3]));
        history.TruncateFrom(9);
        Assert.Equal(new LoggedConfiguration(5, configurations[1]), history.At(100));
        history.Append(9, configurations[3]);
        history.CompactTo(7);
        Assert.Equal([5L, 5, 9], new long[] { 1, 8, 9 }.Select(index => history.At(index).Index));
        Assert.Throws<InvalidOperationException>(() => history.TruncateFrom(5));
        history.Reset(20, configurations[2]);
        Assert.Equal(new LoggedConfiguration(20, configurations[2]), history.At(20));
    }

    [Fact]
    public void A_learner_has_caught_up_after_a_round_shorter_than_an_election_timeout()
    {
        TimeSpan timeout = TimeSpan.FromMilliseconds(100);
        CatchUp catchUp = CatchUp.Start(10, TimeSpan.Zero);
        catchUp.Advance(9, 50, timeout / 2, timeout);
        Assert.Equal((0, false), (catchUp.Rounds, catchUp.IsDone));
        catchUp.Advance(10, 50, timeout, timeout);
        Assert.Equal((1, false), (catchUp.Rounds, catchUp.IsDone));
        catchUp.Advance(50, 60, timeout * 1.5, timeout);
        Assert.Equal((2, true), (catchUp.Rounds, catchUp.IsDone));
        CatchUp idle = CatchUp.Start(10, TimeSpan.Zero);
        idle.Advance(10, 10, timeout * 5, timeout);
        Assert.True(idle.IsDone); // the next round has nothing to do
    }

    [Fact]
    public void The_window_frees_what_is_acknowledged_and_counts_through_many_turns()
    {
        Inflights window = new(3, 100);
        for (int i = 1; i <= 50; i++)
        {
            Assert.True(window.HasRoomFor(40));
            window.Add(i * 10, 40, default);
            window.Add((i * 10) + 5, 40, default);
            Assert.False(window.HasRoomFor(40));
            Assert.True(window.HasRoomFor(20));
            Assert.False(window.FreeTo((i * 10) - 1, out _));
            Assert.True(window.FreeTo((i * 10) + 4, out _));
            Assert.Equal((1, 40L), (window.Count, window.Bytes));
            Assert.True(window.FreeTo((i * 10) + 5, out InflightMessage newest));
            Assert.Equal(new InflightMessage((i * 10) + 5, 40, default, (i - 1) * 80L), newest);
            Assert.Equal((0, 0L), (window.Count, window.Bytes));
        }

        Assert.True(window.HasRoomFor(1000));
        window.Add(1, 1, default);
        window.Add(2, 1, default);
        window.Add(3, 1, default);
        Assert.False(window.HasRoomFor(1));
        Assert.Throws<InvalidOperationException>(() => window.Add(4, 1, default));
    }

    [Fact]
    public void The_last_entry_of_a_term_is_found_by_halving_wherever_it_is()
    {
        long[] terms = [1, 1, 2, 5, 5, 5, 7, 9, 9];
        MemoryLog log = MemoryLog.OfTerms(terms);
        for (long from = 0; from <= 12; from++)
        {
            for (long term = 0; term <= 10; term++)
            {
                long expected = Math.Min(from, terms.Length);
                while (expected > 0 && terms[expected - 1] > term)
                {
                    expected--;
                }

                Assert.Equal(expected, LogTerms.LastAtMost(log, from, term));
            }
        }
    }

    [Fact]
    public void Draws_are_in_range_reach_everything_and_repeat_with_their_seed()
    {
        SplitMix64 random = new(5);
        SplitMix64 again = new(5);
        int[] drawn = new int[10];
        for (int i = 0; i < 1000; i++)
        {
            long draw = random.Below(10);
            Assert.Equal(draw, again.Below(10));
            drawn[draw]++;
        }

        Assert.All(drawn, static count => Assert.InRange(count, 50, 150));
    }
}
