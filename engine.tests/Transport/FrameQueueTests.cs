using System;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Transport;

public sealed class FrameQueueTests
{
    private const int Bound = 256 << 10;

    private readonly FrameQueue _queue = new(Sample.Identity(1), Bound);

    [Fact]
    public void What_is_pending_never_exceeds_the_bound_taken_or_not()
    {
        byte[] body = new byte[10_000];
        while (Append(body))
        {
            Assert.InRange(_queue.PendingBytes, 0, Bound);
            if (_queue.PendingBytes > Bound / 2 && _queue.Taken.IsEmpty)
            {
                Assert.True(_queue.TryTake());
            }
        }

        Assert.InRange(_queue.PendingBytes, Bound - body.Length - FrameFormat.HeaderBytes, Bound);
        Assert.True(_queue.TryTake());
        Assert.True(Append(body));
    }

    [Fact]
    public void A_frame_beyond_the_bound_goes_beside_little_and_alone()
    {
        byte[] large = new byte[4 * Bound];
        Assert.True(Append(new byte[1000]));
        Assert.True(Append(large));
        Assert.False(Append([]));
        Assert.True(_queue.TryTake());
        Assert.False(Append([]));
        Assert.False(_queue.TryTake());
        Assert.True(Append([]));

        Assert.True(Append(new byte[128 << 10]));
        Assert.False(Append(large));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_a_slow_spell_needed_is_given_back_after_it(bool isIdle)
    {
        FrameQueue queue = new(Sample.Identity(1), 32 << 20);
        for (int spell = 0; spell < 2; spell++)
        {
            while (queue.TryAppend(Sample.Full(MessageKind.AppendRequest, 1, 2), new byte[1 << 20]))
            {
            }

            Assert.True(queue.TryTake());
            Assert.InRange(queue.CapacityBytes, 32 << 20, 96 << 20);
            Assert.False(queue.TryTake());
        }

        for (int i = 0; i < 2 * FrameQueue.SettleTurns; i++)
        {
            if (isIdle)
            {
                queue.Settle();
            }
            else
            {
                Assert.True(queue.TryAppend(Sample.Full(MessageKind.AppendRequest, 1, 2), new byte[100]));
                Assert.True(queue.TryTake());
            }
        }

        Assert.InRange(queue.CapacityBytes, 0, 512 << 10);
    }

    [Fact]
    public void Nothing_gathered_is_nothing_to_take()
    {
        Assert.False(_queue.TryTake());
        Assert.True(Append([]));
        _queue.DiscardGathered();
        Assert.False(_queue.TryTake());
        Assert.Equal(0, _queue.PendingBytes);
    }

    [Fact]
    public void Once_grown_it_takes_no_memory()
    {
        byte[] body = new byte[100_000];
        long before = 0;
        for (int i = 0; i < 200; i++)
        {
            if (i == 100)
            {
                before = ThreadAllocations.Begin();
            }

            Append(body);
            Append([]);
            _queue.TryTake();
        }

        Assert.Equal(0, ThreadAllocations.Since(before));
    }

    private bool Append(ReadOnlySpan<byte> body) => _queue.TryAppend(new Message { Kind = MessageKind.AppendRequest, From = 1, To = 2 }, body);
}
