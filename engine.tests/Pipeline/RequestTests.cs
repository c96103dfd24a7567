using System;
using System.Threading.Tasks;
using RaftEngine.Consensus;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;
using RaftEngine.Snapshots;
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

    // The leader's heartbeats arrive, and nothing that this node sends arrives there.
    [Fact]
    public async Task A_forwarded_read_that_is_never_answered_ends()
    {
        using LoneReplica node = new([1, 2, 3]);
        node.KeepInTouch(TimeSpan.FromMilliseconds(50), leader: 2);
        Task read = node.Ask(RingTag.Read);
        node.KeepInTouch(ElectionTimeouts(4), leader: 2);

        Assert.Equal(2UL, node.Core.LeaderId);
        Assert.True(read.IsCompleted);
        Assert.Equal(2UL, (await Assert.ThrowsAsync<NotLeaderException>(() => read)).LeaderId);
    }

    // This node's disk is full, say: it hears what is committed, and does not get it.
    [Fact]
    public async Task A_forwarded_read_whose_index_is_never_committed_here_ends()
    {
        using LoneReplica node = new([1, 2, 3]);
        node.KeepInTouch(TimeSpan.FromMilliseconds(50), leader: 2);
        Task read = node.Ask(RingTag.Read);
        node.Run();
        Message request = Assert.Single(node.Sent, static message => message.Kind == MessageKind.ReadIndexRequest);
        node.Receive(new Message { Kind = MessageKind.ReadIndexResponse, From = 2, Term = 2, Index = 7, ReadRound = request.ReadRound });
        node.KeepInTouch(ElectionTimeouts(1), leader: 2);
        Assert.False(read.IsCompleted);
        node.KeepInTouch(ElectionTimeouts(3), leader: 2);

        Assert.True(read.IsCompleted);
        await Assert.ThrowsAsync<NotLeaderException>(() => read);
    }

    // The others' disks stand still: they answer heartbeats, and acknowledge nothing.
    [Fact]
    public async Task A_read_at_a_leader_that_cannot_commit_its_first_entry_ends()
    {
        _node.WinVotes();
        Task read = _node.Ask(RingTag.Read);
        _node.KeepInTouch(ElectionTimeouts(5));

        Assert.Equal(Role.Leader, _node.Core.Role);
        Assert.True(read.IsCompleted);
        Assert.Equal(RequestRefusal.TimedOut, (await Assert.ThrowsAsync<RequestRefusedException>(() => read)).Reason);
        Assert.Equal(0, _node.Reads.InUse);
    }

    [Fact]
    public async Task A_change_and_a_command_that_are_not_committed_end_unknown_and_the_next_change_is_refused()
    {
        _node.Win();
        Task change = _node.Change(With(MemberRoles.Learner));
        Task<Applied<int>> command = _node.Propose("x"u8);
        _node.KeepInTouch(ElectionTimeouts(9));
        Assert.False(change.IsCompleted || command.IsCompleted);
        _node.KeepInTouch(ElectionTimeouts(2));

        Assert.Equal(Role.Leader, _node.Core.Role);
        Assert.True(change.IsCompleted);
        Assert.NotEqual(0, (await Assert.ThrowsAsync<OutcomeUnknownException>(() => change)).Index);
        Assert.NotEqual(0, (await Assert.ThrowsAsync<OutcomeUnknownException>(() => command)).Index);
        Assert.Equal((0, 0), (_node.Reads.InUse, _node.Proposals.InUse));
        Task next = _node.Change(With(MemberRoles.None));
        _node.Run();
        Assert.Equal(RequestRefusal.ChangeInProgress, (await Assert.ThrowsAsync<RequestRefusedException>(() => next)).Reason);
    }

    [Fact]
    public async Task A_transfer_to_a_voter_that_does_not_answer_ends()
    {
        using LoneReplica node = new([1, 2, 3]);
        node.Win();
        byte[] target = new byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(target, 2);
        Task transfer = node.Ask(RingTag.Transfer, target);
        node.KeepInTouch(ElectionTimeouts(3), until: () => transfer.IsCompleted);

        Assert.True(transfer.IsCompleted);
        Assert.Equal(RequestRefusal.TimedOut, (await Assert.ThrowsAsync<RequestRefusedException>(() => transfer)).Reason);
    }

    [Fact]
    public async Task A_backup_that_waits_for_a_snapshot_to_be_installed_ends()
    {
        using LoneReplica node = new([1, 2, 3]);
        node.ReceiveEntry(2, term: 2, commit: 0);
        node.ReceiveEntry(2, term: 2, commit: 2);
        node.Run();
        node.Apply();
        while (node.Core.LeaderId != 0)
        {
            node.RunFor(TimeSpan.FromMilliseconds(10));
        }

        byte[] configuration = new byte[ConfigurationFormat.MaxBytes];
        int length = ConfigurationFormat.Write(configuration, node.Options.Configuration);
        SnapshotHeader header = new(Guid.NewGuid(), node.Options.ClusterId, 0, 10, 2, 42, configuration.AsMemory(0, length));
        node.TransferStage.ToLoop.Tell(new TransferEvent(TransferEventKind.Arrived, 2, 10, header));
        Task backup = node.Ask(RingTag.Snapshot);
        node.RunFor(ElectionTimeouts(10));

        Assert.True(backup.IsCompleted);
        Assert.Equal(RequestRefusal.TimedOut, (await Assert.ThrowsAsync<RequestRefusedException>(() => backup)).Reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_the_node_stops_every_request_ends_with_one_type_that_carries_the_cause(bool isFailure)
    {
        InvalidOperationException? cause = isFailure ? new InvalidOperationException("disk") : null;
        _node.WinVotes();
        _node.Answer(2);
        _node.Run();
        byte[] target = new byte[8];
        target[0] = 2;
        Task<Applied<int>> appended = _node.Propose("x"u8);
        Task read = _node.Ask(RingTag.Read);
        _node.Run();
        Task transfer = _node.Ask(RingTag.Transfer, target);
        _node.Run();
        Task[] waiting = [read, transfer, _node.Propose("y"u8), _node.Ask(RingTag.Read), _node.Ask(RingTag.LeaseRead), _node.Change(With(MemberRoles.None))];
        _node.Stop(cause);

        foreach (Task wait in waiting)
        {
            Assert.Same(cause, (await Assert.ThrowsAsync<RaftStoppedException>(() => wait)).InnerException);
        }

        OutcomeUnknownException unknown = await Assert.ThrowsAsync<OutcomeUnknownException>(() => appended);
        Assert.Same(cause, unknown.InnerException);
        Assert.Equal((0, 0), (_node.Reads.InUse, _node.Proposals.InUse));
    }

    private static TimeSpan ElectionTimeouts(int count) => count * new RaftOptions { NodeId = 1, Voters = [1], ClusterId = default, DataDirectory = "" }.ElectionTimeout;

    private static Configuration With(MemberRoles third) => third == MemberRoles.None
        ? new Configuration(1, 2)
        : new Configuration([new Member(1, MemberRoles.Voter), new Member(2, MemberRoles.Voter), new Member(3, third)]);
}
