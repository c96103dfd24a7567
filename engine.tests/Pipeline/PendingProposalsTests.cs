using System;
using System.Threading.Tasks;
using RaftEngine.Pipeline;
using Xunit;

namespace RaftEngine.Tests.Pipeline;

/// <summary>The proposals between append and apply: with the commands of other nodes between them they may stand far apart, and each ends all the same.</summary>
public sealed class PendingProposalsTests
{
    private const int InFlight = 4; // the ring has twice as many places

    private readonly OperationPool<long> _pool = new(64, runContinuationsAsynchronously: false) { Scheduler = static item => item.Execute() };
    private readonly PendingProposals _pending = new(InFlight);

    [Fact]
    public async Task All_above_the_commit_index_end_however_far_apart_they_stand()
    {
        Task<long> committed = Add(3);
        Task<long> near = Add(4);
        Task<long> far = Add(1_001);
        Task<long> overtaken = Add(999);
        Assert.Equal(1_001, _pending.LastIndex);

        _pending.FailAbove(3);

        Assert.Equal(4, (await Assert.ThrowsAsync<OutcomeUnknownException>(() => near)).Index);
        Assert.Equal(1_001, (await Assert.ThrowsAsync<OutcomeUnknownException>(() => far)).Index);
        Assert.Equal(999, (await Assert.ThrowsAsync<OutcomeUnknownException>(() => overtaken)).Index);
        Assert.False(committed.IsCompleted);
        Assert.Equal(3, _pending.LastIndex);
        Assert.NotNull(_pending.Take(3));
    }

    [Fact]
    public async Task A_place_is_taken_by_its_own_index_alone_and_all_end_in_the_end()
    {
        Task<long> left = Add(5);
        Assert.False(_pending.HasRoomAt(5 + (2 * InFlight)));
        Assert.True(_pending.HasRoomAt(6));
        Assert.Null(_pending.Take(5 + (2 * InFlight)));

        InvalidOperationException cause = new("the log gives way");
        _pending.FailAll(cause);

        Assert.Same(cause, (await Assert.ThrowsAsync<OutcomeUnknownException>(() => left)).InnerException);
        Assert.Null(_pending.Take(5));
        Assert.Equal(0, _pending.LastIndex);
    }

    private Task<long> Add(long index)
    {
        Operation<long> proposal = _pool.TryRent()!;
        Assert.True(_pending.HasRoomAt(index));
        proposal.Index = index;
        _pending.Add(proposal);
        return new ValueTask<long>(proposal, proposal.Version).AsTask();
    }
}
