using System;
using System.Collections.Generic;
using RaftEngine.Simulate.Disk;
using RaftEngine.Snapshots;
using RaftEngine.Storage;
using RaftEngine.Tests.Storage;
using Xunit;

namespace RaftEngine.Tests.Snapshots;

/// <summary>A snapshot travels in pieces, and goes on where it stopped, whatever was lost on the way.</summary>
public sealed class SnapshotTransferTests : IDisposable
{
    private const long NoBound = 1 << 30;

    private readonly FakeDisk _from = new(512 << 10);
    private readonly FakeDisk _to = new(512 << 10);
    private readonly byte[] _state = SnapshotSamples.State(200_000);
    private readonly SnapshotHeader _header;
    private readonly OutgoingSnapshot _outgoing;
    private readonly byte[] _buffer = new byte[64 << 10];
    private IStorageDirectory _target;

    public SnapshotTransferTests()
    {
        _header = SnapshotSamples.Write(_from.OpenDirectory(), 42, _state);
        _outgoing = new SnapshotStore(_from.OpenDirectory()).OpenNewestToSend()!;
        _target = _to.OpenDirectory();
    }

    public void Dispose()
    {
        _outgoing.Dispose();
        _from.Dispose();
        _to.Dispose();
    }

    [Fact]
    public void It_arrives_as_it_was()
    {
        using IncomingSnapshot incoming = Begin();
        while (!incoming.IsComplete)
        {
            Assert.True(incoming.TryAdd(incoming.NextOffset, Pieces(incoming.NextOffset)));
        }

        Assert.Equal(0, _outgoing.Read(incoming.NextOffset, _buffer));
        Assert.Equal(_outgoing.LengthInBytes, incoming.NextOffset);
        Assert.Null(SnapshotSamples.Read(_target));
        incoming.Complete();
        _to.LosePower();
        (SnapshotHeader Header, byte[] State) read = SnapshotSamples.Read(_to.OpenDirectory())!.Value;
        Assert.Equal(_header, read.Header);
        Assert.Equal(_state, read.State);
    }

    [Fact]
    public void Lost_repeated_late_and_damaged_pieces_change_nothing()
    {
        using IncomingSnapshot incoming = Begin();
        Random random = new(7);
        List<(long Offset, byte[] Pieces)> sent = [];
        while (!incoming.IsComplete)
        {
            long offset = incoming.NextOffset;
            byte[] pieces = Pieces(offset).ToArray();
            sent.Add((offset, pieces));
            switch (random.Next(4))
            {
                case 0:
                    (long late, byte[] again) = sent[random.Next(sent.Count)];
                    Assert.Equal(late == offset, incoming.TryAdd(late, again));
                    break;
                case 1:
                    Assert.False(incoming.TryAdd(offset + pieces.Length, Pieces(offset + pieces.Length)) && offset + pieces.Length < _outgoing.LengthInBytes);
                    Assert.Equal(offset, incoming.NextOffset);
                    break;
                case 2:
                    byte[] damaged = [.. pieces];
                    int place = random.Next(damaged.Length);
                    damaged[place] ^= 0x10;
                    Assert.False(incoming.TryAdd(offset, damaged));
                    Assert.True(incoming.NextOffset <= offset + place); // whole pieces before the damage were taken
                    break;
                default:
                    Assert.True(incoming.TryAdd(offset, pieces));
                    break;
            }
        }

        incoming.Complete();
        Assert.Equal(_state, SnapshotSamples.Read(_target)!.Value.State);
    }

    [Fact]
    public void It_goes_on_after_a_restart_and_after_a_loss_of_power_from_what_is_whole()
    {
        IncomingSnapshot incoming = Begin();
        Random random = new(3);
        int resumed = 0;
        while (!incoming.IsComplete)
        {
            incoming.TryAdd(incoming.NextOffset, Pieces(incoming.NextOffset));
            long reached = incoming.NextOffset;
            incoming.Dispose();
            if (random.Next(2) == 0)
            {
                _to.LosePower(ChoiceSpace.Of(_to.Image, bySector: true).Sampled(random), bySector: true);
                _target = _to.OpenDirectory();
            }

            IncomingSnapshot? again = IncomingSnapshot.TryResume(_target, NoBound);
            Assert.True(again is null || again.NextOffset <= reached);
            resumed += again is null ? 0 : 1;
            incoming = again ?? Begin();
        }

        incoming.Complete();
        incoming.Dispose();
        Assert.True(resumed > 2);
        Assert.Equal(_state, SnapshotSamples.Read(_target)!.Value.State);
        Assert.Null(IncomingSnapshot.TryResume(_target, NoBound));
    }

    [Fact]
    public void Pieces_of_another_snapshot_do_not_go_together_with_it()
    {
        SnapshotSamples.Write(_from.OpenDirectory(), 43, _state);
        using OutgoingSnapshot other = new SnapshotStore(_from.OpenDirectory()).OpenNewestToSend()!;
        using IncomingSnapshot incoming = Begin();
        int read = other.Read(incoming.NextOffset, _buffer);
        Assert.False(incoming.TryAdd(incoming.NextOffset, _buffer.AsSpan(0, read)));
    }

    [Fact]
    public void One_that_is_larger_than_allowed_is_not_taken()
    {
        int header = _outgoing.Read(0, _buffer);
        using IncomingSnapshot incoming = IncomingSnapshot.Begin(_target, _buffer.AsSpan(0, header), maxBytes: 100_000);
        while (incoming.TryAdd(incoming.NextOffset, Pieces(incoming.NextOffset)))
        {
        }

        Assert.False(incoming.IsComplete);
        Assert.InRange(incoming.NextOffset, 1, 100_000);
    }

    [Fact]
    public void A_header_that_is_not_whole_begins_nothing()
    {
        int header = _outgoing.Read(0, _buffer);
        _buffer[20] ^= 1;
        Assert.Throws<SnapshotCorruptedException>(() => IncomingSnapshot.Begin(_target, _buffer.AsSpan(0, header), NoBound));
        Assert.Empty(_target.List());
    }

    [Fact]
    public void A_snapshot_can_be_sent_to_its_end_though_a_newer_one_has_replaced_it()
    {
        using IncomingSnapshot incoming = Begin();
        SnapshotSamples.Write(_from.OpenDirectory(), 99, []);
        Assert.Equal([SnapshotFormat.NameOf(99)], _from.OpenDirectory().List());
        while (!incoming.IsComplete)
        {
            Assert.True(incoming.TryAdd(incoming.NextOffset, Pieces(incoming.NextOffset)));
        }
    }

    private IncomingSnapshot Begin() => IncomingSnapshot.Begin(_target, Pieces(0), NoBound);

    private ReadOnlySpan<byte> Pieces(long offset) => _buffer.AsSpan(0, _outgoing.Read(offset, _buffer));
}
