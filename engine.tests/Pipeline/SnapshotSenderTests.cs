using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;
using RaftEngine.Simulate.Disk;
using RaftEngine.Snapshots;
using RaftEngine.Tests.Snapshots;
using Xunit;

namespace RaftEngine.Tests.Pipeline;

/// <summary>How large the messages are that carry a snapshot, and how fast they go, on a clock of the test's.</summary>
public sealed class SnapshotSenderTests : IDisposable
{
    private const int StateBytes = 3 << 20;

    private readonly FakeDisk _disk = new(16 << 20);
    private readonly RaftOptions _options = new()
    {
        NodeId = 1,
        Voters = [1, 2],
        ClusterId = SnapshotSamples.Header(1).ClusterId,
        DataDirectory = "unused",
        SnapshotBytesPerSecond = 1 << 20,
        MaxMessageBytes = 256 << 10,
    };

    private readonly TransferChannel _toLoop;
    private readonly SnapshotSender _sender;
    private TimeSpan _now = TimeSpan.FromSeconds(100);

    public SnapshotSenderTests()
    {
        SnapshotSamples.Write(_disk.OpenDirectory(), 42, SnapshotSamples.State(StateBytes));
        _toLoop = new TransferChannel(_options, static () => { });
        _sender = new SnapshotSender(new SnapshotStore(_disk.OpenDirectory()), _options, _toLoop);
    }

    public void Dispose()
    {
        _sender.Dispose();
        _disk.Dispose();
    }

    [Fact]
    public void A_peer_that_answers_soon_gets_small_messages_at_the_rate()
    {
        List<int> sizes = Send(answerTime: TimeSpan.FromMilliseconds(1), out TimeSpan taken);

        Assert.InRange(sizes.Max(), 60 << 10, 64 << 10);
        Assert.InRange(taken.TotalSeconds, 2.9, 3.2);
    }

    [Fact]
    public void A_peer_that_is_far_gets_messages_as_large_as_the_rate_needs()
    {
        List<int> sizes = Send(answerTime: TimeSpan.FromMilliseconds(200), out TimeSpan taken);

        Assert.InRange(sizes.Max(), 250 << 10, 256 << 10);
        Assert.InRange(taken.TotalSeconds, 2.9, 3.8); // the first messages are too small for that way
    }

    private List<int> Send(TimeSpan answerTime, out TimeSpan taken)
    {
        List<int> sizes = [];
        TimeSpan start = _now;
        TimeSpan answerAt = TimeSpan.MaxValue;
        long next = 0;
        for (_sender.Begin(2, _now); _sender.NextDeadline != TimeSpan.MaxValue; _now += TimeSpan.FromMilliseconds(1))
        {
            if (_now >= answerAt)
            {
                answerAt = TimeSpan.MaxValue;
                _sender.TakeAnswer(new Message { Kind = MessageKind.SnapshotResponse, From = 2, To = 1, Index = 42, LastIndex = next }, _now);
            }

            _sender.Tick(_now);
            if (_toLoop.TryTake(out Message message, out ReadOnlySpan<byte> body))
            {
                sizes.Add(body.Length);
                next = message.LastIndex + body.Length;
                answerAt = _now + answerTime;
                _toLoop.Next();
            }
        }

        taken = _now - start;
        return sizes;
    }
}
