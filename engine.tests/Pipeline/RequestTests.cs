using System;
using System.Threading.Tasks;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Pipeline;

/// <summary>What callers ask of a replica ends, however requests and their ends share batches.</summary>
public sealed class RequestTests : IDisposable
{
    private readonly LoneReplica _node = new([1, 2]);

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task A_change_that_is_taken_in_the_batch_in_which_the_one_before_is_committed_does_not_take_its_place()
    {
        _node.Win();
        Task first = _node.Change(With(MemberRoles.Learner));
        _node.Run();
        Assert.False(first.IsCompleted);

        _node.Acknowledge(2);
        Task second = _node.Change(With(MemberRoles.None));
        _node.Run();
        _node.ApplyStage.Work();
        Assert.True(first.IsCompleted);
        await first;

        _node.Acknowledge(2);
        _node.Run();
        _node.ApplyStage.Work();
        Assert.True(second.IsCompleted);
        await second;
    }

    private static Configuration With(MemberRoles third) => third == MemberRoles.None
        ? new Configuration(1, 2)
        : new Configuration([new Member(1, MemberRoles.Voter), new Member(2, MemberRoles.Voter), new Member(3, third)]);
}
