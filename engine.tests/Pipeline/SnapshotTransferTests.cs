using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;
using RaftEngine.Simulate.Disk;
using RaftEngine.Snapshots;
using RaftEngine.Tests.Snapshots;
using RaftEngine.Tests.Storage;
using Xunit;

namespace RaftEngine.Tests.Pipeline;

/// <summary>A snapshot on its way from one node's transfer stage to another's, without threads, on a clock of the test's.</summary>
public sealed class SnapshotTransferTests : IDisposable
{
    private static readonly Guid Cluster = SnapshotSamples.Header(1).ClusterId;

    private readonly FakeDisk _leadersDisk = new(1 << 20);
    private readonly FakeDisk _followersDisk = new(1 << 20);
    private readonly byte[] _state = SnapshotSamples.State(300_000);
    private readonly SnapshotHeader _header;
    private readonly List<TransferEvent> _leaderHeard = [];
    private readonly List<TransferEvent> _followerHeard = [];
    private readonly TransferStage _leader;
    private TransferStage _follower;
    private TimeSpan _now = TimeSpan.FromSeconds(100);
    private int _messages;

    public SnapshotTransferTests()
    {
        _header = SnapshotSamples.Write(_leadersDisk.OpenDirectory(), 42, _state);
        _leader = NewStage(_leadersDisk, Options(1));
        _follower = NewStage(_followersDisk, Options(2));
    }

    public void Dispose()
    {
        _leader.Dispose();
        _follower.Dispose();
        _leadersDisk.Dispose();
        _followersDisk.Dispose();
    }

    [Fact]
    public void It_arrives_whole_and_the_leader_hears_of_it_once_the_log_has_given_way()
    {
        Begin(2);
        Run(() => _followerHeard.Count != 0);
        TransferEvent arrived = Assert.Single(_followerHeard);
        Assert.Equal((TransferEventKind.Arrived, 42L, _header), (arrived.Kind, arrived.Index, arrived.Snapshot));
        Assert.Equal(_state, SnapshotSamples.Read(_followersDisk.OpenDirectory())!.Value.State);

        RunFor(TimeSpan.FromMinutes(2)); // the log takes its time; the leader waits, and asks now and then
        Assert.Empty(_leaderHeard);
        _follower.FromLoop.Tell(new TransferEvent(TransferEventKind.Installed, Index: 42));
        Run(() => _leaderHeard.Count != 0);
        Assert.Equal(new TransferEvent(TransferEventKind.Sent, 2, 42), Assert.Single(_leaderHeard));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Loss_repetition_and_restarts_of_the_follower_only_delay_it(int seed)
    {
        Random random = new(seed);
        Begin(2);
        int restarts = 0;
        for (int i = 0; i < 100_000 && _followerHeard.Count == 0; i++)
        {
            Step(() => random.Next(10) switch { 0 => 0, 1 => 2, _ => 1 });
            if (random.Next(40) == 0 && restarts < 5)
            {
                restarts++;
                _follower.Dispose();
                _follower = NewStage(_followersDisk, Options(2));
            }
        }

        Assert.Equal(5, restarts);
        Assert.Equal(_state, SnapshotSamples.Read(_followersDisk.OpenDirectory())!.Value.State);
        Assert.Empty(_leaderHeard);
        Assert.True(_messages < 200, $"{_messages} messages"); // what had arrived before a restart is not sent again
    }

    [Fact]
    public void It_keeps_to_its_rate()
    {
        TimeSpan began = _now;
        Begin(2);
        Run(() => _followerHeard.Count != 0);
        Assert.InRange((_now - began).TotalSeconds, 300_000 / 100_000.0 * 0.9, 300_000 / 100_000.0 * 1.3);
    }

    [Fact]
    public void A_peer_that_does_not_answer_is_given_up_and_one_peer_at_a_time_is_sent_to()
    {
        TimeSpan began = _now;
        Begin(2);
        Begin(3);
        Step(static () => 0);
        Assert.Equal(new TransferEvent(TransferEventKind.Failed, 3), Assert.Single(_leaderHeard));
        while (_leaderHeard.Count < 2)
        {
            Step(static () => 0);
        }

        Assert.Equal(new TransferEvent(TransferEventKind.Failed, 2), _leaderHeard[1]);
        Assert.InRange((_now - began).TotalSeconds, 10, 20);
    }

    [Fact]
    public void A_leader_without_a_snapshot_or_with_a_damaged_one_says_so()
    {
        _leadersDisk.FlipBit(SnapshotFormat.NameOf(42), 30, 3);
        Begin(2);
        Step();
        Assert.Equal(new TransferEvent(TransferEventKind.Failed, 2), Assert.Single(_leaderHeard));
        _leadersDisk.OpenDirectory().Delete(SnapshotFormat.NameOf(42));
        Begin(2);
        Step();
        Assert.Equal(2, _leaderHeard.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_follower_without_room_refuses_and_gives_back_what_it_had_taken(bool byItsBound)
    {
        if (byItsBound)
        {
            _follower.Dispose();
            _follower = NewStage(_followersDisk, Options(2) with { MaxSnapshotBytes = 100_000 });
        }
        else
        {
            _followersDisk.Room = 100_000;
        }

        Begin(2);
        Run(() => _leaderHeard.Count != 0);
        Assert.Equal(new TransferEvent(TransferEventKind.Failed, 2), Assert.Single(_leaderHeard));
        Assert.Empty(_followerHeard);
        Assert.True(byItsBound || _followersDisk.OpenDirectory().List().Length == 0);
    }

    [Fact]
    public void A_snapshot_of_another_cluster_is_refused()
    {
        _follower.Dispose();
        _follower = NewStage(_followersDisk, Options(2) with { ClusterId = Guid.NewGuid() });
        Begin(2);
        Run(() => _leaderHeard.Count != 0);
        Assert.Equal(TransferEventKind.Failed, Assert.Single(_leaderHeard).Kind);
        Assert.Empty(_followersDisk.OpenDirectory().List());
    }

    [Fact]
    public void Another_leaders_snapshot_begins_anew_and_an_old_one_is_refused()
    {
        Begin(2);
        for (int i = 0; i < 10; i++)
        {
            Step();
        }

        Assert.Contains(IncomingSnapshot.Name, _followersDisk.OpenDirectory().List());
        _leader.FromLoop.Tell(new TransferEvent(TransferEventKind.Stop));
        Step();
        byte[] newer = SnapshotSamples.State(90_000, seed: 9);
        SnapshotSamples.Write(_leadersDisk.OpenDirectory(), 77, newer);
        Begin(2);
        Run(() => _followerHeard.Count != 0);
        Assert.Equal(newer, SnapshotSamples.Read(_followersDisk.OpenDirectory())!.Value.State);
        _follower.FromLoop.Tell(new TransferEvent(TransferEventKind.Installed, Index: 77));
        Run(() => _leaderHeard.Count != 0);

        using FakeDisk other = new(1 << 20);
        SnapshotSamples.Write(other.OpenDirectory(), 50, newer);
        using TransferStage late = NewStage(other, Options(1));
        late.FromLoop.Tell(new TransferEvent(TransferEventKind.Begin, 2));
        late.Work(_now);
        Assert.True(late.ToLoop.TryTake(out Message pieces, out ReadOnlySpan<byte> body));
        Deliver(_follower, in pieces, from: 1, body);
        _follower.Work(_now);
        Assert.True(_follower.ToLoop.TryTake(out Message answer, out _));
        Assert.True(answer.Rejected);
        _follower.ToLoop.Next();
    }

    private static TransferStage NewStage(FakeDisk disk, RaftOptions options) =>
        new(new SnapshotStore(disk.OpenDirectory()), options, static () => TimeSpan.Zero, static () => { }, static _ => { }, "not started");

    private static RaftOptions Options(ulong nodeId) => new()
    {
        NodeId = nodeId,
        Voters = [1, 2, 3],
        ClusterId = Cluster,
        GroupId = 7,
        DataDirectory = "unused",
        MaxMessageBytes = 16 << 10,
        SnapshotBytesPerSecond = 100_000,
    };

    private static void Deliver(TransferStage to, in Message message, ulong from, ReadOnlySpan<byte> body) => to.FromLoop.Send(message with { From = from }, body);

    private void Begin(ulong peer) => _leader.FromLoop.Tell(new TransferEvent(TransferEventKind.Begin, peer));

    private void Run(Func<bool> isEnough)
    {
        for (int i = 0; !isEnough(); i++)
        {
            Assert.True(i < 100_000);
            Step();
        }
    }

    private void RunFor(TimeSpan time)
    {
        TimeSpan end = _now + time;
        while (_now < end)
        {
            Step();
        }
    }

    private void Step() => Step(static () => 1);

    // 10 ms pass; each message is delivered so many times.
    private void Step(Func<int> copies)
    {
        _leader.Work(_now);
        Carry(_leader, _follower, from: 1, copies, _leaderHeard);
        _follower.Work(_now);
        Carry(_follower, _leader, from: 2, copies, _followerHeard);
        _now += TimeSpan.FromMilliseconds(10);
    }

    private void Carry(TransferStage sender, TransferStage receiver, ulong from, Func<int> copies, List<TransferEvent> heard)
    {
        while (sender.ToLoop.TryHear(out TransferEvent happened))
        {
            heard.Add(happened);
        }

        while (sender.ToLoop.TryTake(out Message message, out ReadOnlySpan<byte> body))
        {
            _messages++;
            foreach (int _ in Enumerable.Range(0, copies()))
            {
                Deliver(receiver, in message, from, body);
            }

            sender.ToLoop.Next();
        }
    }
}
