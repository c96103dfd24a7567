using System;
using System.Linq;
using System.Text;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Simulate.Disk;
using Xunit;

namespace RaftEngine.Tests.Pipeline;

/// <summary>A follower's log gives way to a snapshot that its leader has sent (Raft §7).</summary>
public sealed class GivingWayTests : IDisposable
{
    private const ulong OldLeader = 2;
    private const ulong NewLeader = 3;

    private static readonly string[] Kept = ["kept 1", "kept 2", "kept 3"];

    private readonly FollowingReplica _follower = new();
    private readonly FakeDisk _oldDisk = new(1 << 20);
    private readonly FakeDisk _newDisk = new(1 << 20);
    private readonly DataDirectory _oldLeaders;
    private readonly DataDirectory _newLeaders;

    public GivingWayTests()
    {
        _oldLeaders = _follower.NewLeadersLog(_oldDisk, OldLeader);
        _newLeaders = _follower.NewLeadersLog(_newDisk, NewLeader);
        Fill(_oldLeaders.Log, 20, term: 2, "lost");
        Fill(_newLeaders.Log, 40, term: 3, "kept");
    }

    public void Dispose()
    {
        _follower.Dispose();
        _oldLeaders.Abandon();
        _newLeaders.Abandon();
        _oldDisk.Dispose();
        _newDisk.Dispose();
    }

    // The follower has an entry at the snapshot's index, but of another term (Raft Figure 13, rules 6 and 7).
    [Fact]
    public void A_log_with_another_entry_at_the_snapshots_index_waits_for_the_apply_stage_before_it_gives_way()
    {
        _follower.Append(_oldLeaders.Log, OldLeader, term: 2, from: 1, to: 20, commit: 0);
        Assert.Equal(20, _follower.Log.LastIndex);
        _follower.Hear(NewLeader, term: 3);
        _follower.Arrive(_newLeaders.Log, 10, Voters(1, 2, 3), Kept);

        Assert.Equal((1, 20), (_follower.Log.FirstIndex, _follower.Log.LastIndex)); // the apply stage may be reading it
        Settle();

        Assert.Equal((11, 10), (_follower.Log.FirstIndex, _follower.Log.LastIndex));
        Assert.Equal(10, _follower.ApplyStage.AppliedIndex);
        Assert.Equal(Kept, _follower.StateMachine.Commands);
        _follower.Append(_newLeaders.Log, NewLeader, term: 3, from: 11, to: 12, commit: 12);
        Settle();
        Assert.Equal([.. Kept, "kept 11", "kept 12"], Commands);
    }

    [Fact]
    public void A_log_that_has_the_snapshots_last_entry_keeps_what_follows()
    {
        _follower.Append(_newLeaders.Log, NewLeader, term: 3, from: 1, to: 20, commit: 0);
        _follower.Arrive(_newLeaders.Log, 10, Voters(1, 2, 3), Kept);
        Settle();

        Assert.Equal(20, _follower.Log.LastIndex);
        Assert.Equal(10, _follower.ApplyStage.AppliedIndex);
        Assert.Equal("kept 1", Commands[0]);
    }

    [Fact]
    public void The_next_snapshot_of_its_own_carries_the_configuration_of_the_one_that_it_took_over()
    {
        _follower.Append(_newLeaders.Log, NewLeader, term: 3, from: 1, to: 2, commit: 2);
        _follower.Arrive(_newLeaders.Log, 10, Voters(1, 3, 5), Kept);
        Settle();
        Assert.Equal((10, Voters(1, 3, 5)), _follower.NewestSnapshot());

        _follower.Append(_newLeaders.Log, NewLeader, term: 3, from: 11, to: 40, commit: 40);
        Settle();

        Assert.Equal((40, Voters(1, 3, 5)), _follower.NewestSnapshot());
    }

    private string[] Commands => [.. _follower.StateMachine.Commands.Select(static command => command.TrimEnd('.'))];

    private static Configuration Voters(params ulong[] ids) =>
        new([.. ids.Select(static id => new Member(id, MemberRoles.Voter))]);

    private static void Fill(SegmentedLog log, long last, long term, string word)
    {
        for (long index = 1; index <= last; index++)
        {
            log.Append(EntryKind.Command, term, Encoding.UTF8.GetBytes($"{word} {index}".PadRight(200, '.')));
        }

        log.Flush();
    }

    // The loop and the apply stage run until neither has anything left to do.
    private void Settle()
    {
        for (int i = 0; i < 6; i++)
        {
            _follower.ApplyStage.Work();
            _follower.RunBatch();
        }
    }
}
