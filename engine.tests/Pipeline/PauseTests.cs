using System;
using RaftEngine.Consensus;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;
using RaftEngine.Snapshots;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Pipeline;

/// <summary>The apply stage pauses while the log gives way to a snapshot, and never for good.</summary>
public sealed class PauseTests : IDisposable
{
    private const ulong Leader = 2;
    private readonly LoneReplica _node = new([1, 2, 3]);

    public void Dispose() => _node.Dispose();

    // A long Apply holds up the pause; leadership moves here meanwhile, so that no install follows.
    [Fact]
    public void A_pause_that_was_asked_for_during_a_long_apply_is_called_off_when_this_node_comes_to_lead()
    {
        SnapshotArrives(index: 10);
        _node.IsApplying = true;
        _node.Win();
        _node.ApplyStage.Work(); // the long Apply returns
        _node.Run();
        _node.ApplyStage.Work();

        Assert.False(_node.ApplyStage.IsPaused);
        Assert.Equal(_node.LastIndex, _node.ApplyStage.AppliedIndex);
    }

    [Fact]
    public void A_pause_that_was_asked_for_is_called_off_when_the_entries_come_after_all()
    {
        SnapshotArrives(index: 3);
        _node.ReceiveEntry(Leader, term: 2, commit: 3);
        _node.Run();
        _node.Run();
        Assert.Equal(3, _node.Core.CommitIndex);
        _node.ApplyStage.Work();
        Assert.Equal(3, _node.ApplyStage.AppliedIndex);
    }

    [Fact]
    public void Without_a_leader_to_install_for_what_is_committed_is_applied()
    {
        SnapshotArrives(index: 10);
        _node.IsApplying = true;
        while (_node.Core.LeaderId != 0)
        {
            _node.RunFor(TimeSpan.FromMilliseconds(10));
        }

        _node.Run();
        _node.ApplyStage.Work();
        Assert.Equal(2, _node.ApplyStage.AppliedIndex);
    }

    // Two entries are committed and not applied yet when the loop asks for the pause.
    private void SnapshotArrives(long index)
    {
        _node.ReceiveEntry(Leader, term: 2, commit: 0);
        _node.ReceiveEntry(Leader, term: 2, commit: 2);
        byte[] configuration = new byte[ConfigurationFormat.MaxBytes];
        int length = ConfigurationFormat.Write(configuration, _node.Options.Configuration);
        SnapshotHeader header = new(Guid.NewGuid(), _node.Options.ClusterId, 0, index, 2, 42, configuration.AsMemory(0, length));
        _node.TransferStage.ToLoop.Tell(new TransferEvent(TransferEventKind.Arrived, Leader, index, header));
        _node.Run();
        _node.Run();
        Assert.Equal((Role.Follower, 2L, 0L), (_node.Core.Role, _node.Core.CommitIndex, _node.ApplyStage.AppliedIndex));
    }
}
