using System;
using System.Threading.Tasks;
using RaftEngine.Pipeline;
using Xunit;

namespace RaftEngine.Tests.Pipeline;

/// <summary>The table of commands on their way to the leader: each ends once, in time, and only by the answer that is meant for it.</summary>
public sealed class ForwardedProposalsTests
{
    private const int InFlight = 4;
    private const int MostBytes = 4096;
    private const ulong First = 1_000;

    private static readonly TimeSpan Start = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private readonly OperationPool<long> _pool = new(256, runContinuationsAsynchronously: false) { Scheduler = static item => item.Execute() };
    private readonly ForwardedProposals _table = new(
        new RaftOptions
        {
            NodeId = 1,
            Voters = [1],
            DataDirectory = "none",
            ClusterId = Guid.NewGuid(),
            MaxInflightProposals = InFlight,
            MaxInflightBytes = MostBytes,
            ElectionTimeout = Timeout,
        },
        First);

    [Fact]
    public void A_proposal_is_taken_once_and_by_its_number_and_time()
    {
        (ulong number, Operation<long> proposal, _) = Send(Start, 10);

        Assert.Null(_table.Take(number, Start + TimeSpan.FromTicks(1)));
        Assert.Null(_table.Take(number + 1, Start));
        Assert.Null(_table.Take(number - 1, Start));
        Assert.Null(_table.Take(number + (2 * InFlight), Start));
        Assert.Same(proposal, _table.Take(number, Start));
        Assert.Null(_table.Take(number, Start));
        Assert.True(_table.IsEmpty);
    }

    [Fact]
    public void Numbers_rise_and_none_is_used_twice_even_if_its_command_was_not_sent()
    {
        ulong unsent = _table.TakeNumber();
        (ulong first, Operation<long> proposal, _) = Send(Start, 1);
        ulong alsoUnsent = _table.TakeNumber();
        (ulong second, _, _) = Send(Start, 1);

        Assert.Equal((First, First + 1, First + 2, First + 3), (unsent, first, alsoUnsent, second));
        Assert.Same(proposal, _table.Take(first, Start));
        Assert.NotNull(_table.Take(second, Start));
        Assert.True(_table.IsEmpty);
    }

    [Fact]
    public async Task What_is_not_answered_within_an_election_timeout_ends_unknown_oldest_first()
    {
        (ulong first, _, ValueTask<long> firstEnd) = Send(Start, 1);
        (ulong second, _, _) = Send(Start + (Timeout / 4), 1);
        (_, _, ValueTask<long> thirdEnd) = Send(Start + (Timeout / 2), 1);
        Assert.Equal(Start + Timeout, _table.NextDeadline);

        _table.EndExpired(Start + Timeout - TimeSpan.FromTicks(1));
        Assert.False(firstEnd.IsCompleted);
        _table.EndExpired(Start + Timeout);
        await Assert.ThrowsAsync<OutcomeUnknownException>(async () => await firstEnd);
        Assert.Null(_table.Take(first, Start));
        Assert.NotNull(_table.Take(second, Start + (Timeout / 4)));
        Assert.Equal(Start + (Timeout / 2) + Timeout, _table.NextDeadline);
        Assert.False(thirdEnd.IsCompleted);

        InvalidOperationException cause = new("it stops");
        _table.EndAll(cause);
        Assert.Same(cause, (await Assert.ThrowsAsync<OutcomeUnknownException>(async () => await thirdEnd)).InnerException);
        Assert.Equal(TimeSpan.MaxValue, _table.NextDeadline);
    }

    [Fact]
    public void One_that_is_never_answered_bounds_how_far_the_others_go_ahead()
    {
        (ulong stuck, _, _) = Send(Start, 1);
        for (int i = 1; i < 2 * InFlight; i++)
        {
            (ulong number, _, _) = Send(Start, 1);
            Assert.NotNull(_table.Take(number, Start));
        }

        Assert.False(_table.HasRoomFor(1, out RaftOverloadedException? overload));
        Assert.Equal(nameof(RaftOptions.MaxInflightProposals), overload.Bound);
        Assert.NotNull(_table.Take(stuck, Start));
        for (int i = 0; i < 20 * InFlight; i++)
        {
            (ulong number, _, _) = Send(Start, 1);
            Assert.NotNull(_table.Take(number, Start));
        }
    }

    [Fact]
    public void Bytes_on_their_way_are_bounded_but_for_one_large_command()
    {
        (ulong large, _, _) = Send(Start, MostBytes + 1);
        Assert.False(_table.HasRoomFor(0, out RaftOverloadedException? overload));
        Assert.Equal((nameof(RaftOptions.MaxInflightBytes), MostBytes), (overload.Bound, overload.Limit));
        Assert.NotNull(_table.Take(large, Start));

        (ulong half, _, _) = Send(Start, MostBytes / 2);
        Assert.True(_table.HasRoomFor(MostBytes / 2, out _));
        Assert.False(_table.HasRoomFor((MostBytes / 2) + 1, out _));
        Assert.NotNull(_table.Take(half, Start));
        Assert.True(_table.HasRoomFor(MostBytes, out _));
    }

    [Fact]
    public async Task Numbers_that_a_leader_has_seen_before_are_left_behind()
    {
        (_, _, ValueTask<long> end) = Send(Start, 1);
        _table.SkipTo(First); // its own: an answer to a message that came twice
        Assert.False(end.IsCompleted);

        _table.SkipTo(First + 1_000_000_000_000);
        await Assert.ThrowsAsync<OutcomeUnknownException>(async () => await end);
        (ulong number, Operation<long> proposal, _) = Send(Start, 1);
        Assert.Equal(First + 1_000_000_000_001, number);
        Assert.Same(proposal, _table.Take(number, Start));
    }

    private (ulong Number, Operation<long> Proposal, ValueTask<long> End) Send(TimeSpan now, int bytes)
    {
        Assert.True(_table.HasRoomFor(bytes, out _));
        Operation<long> proposal = _pool.TryRent()!;
        ulong number = _table.TakeNumber();
        _table.Add(number, proposal, bytes, now);
        return (number, proposal, new ValueTask<long>(proposal, proposal.Version));
    }
}
