using System;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Transport;

public sealed class ReceiveBufferTests
{
    [Fact]
    public void It_starts_small_and_keeps_what_it_holds_while_it_grows_and_shrinks()
    {
        ReceiveBuffer buffer = new();
        Assert.Equal(ReceiveBuffer.InitialBytes, buffer.Capacity);
        byte[] frame = Sample.Body(5 << 20, 1);
        Put(buffer, frame.AsSpan(0, 1000));
        buffer.MakeRoom(frame.Length);
        Assert.InRange(buffer.Capacity, frame.Length, 2 * frame.Length);
        Put(buffer, frame.AsSpan(1000));
        Assert.True(buffer.Data.SequenceEqual(frame));

        buffer.Consume(frame.Length - 10);
        buffer.MakeRoom(160);
        Assert.Equal(ReceiveBuffer.InitialBytes, buffer.Capacity);
        Assert.True(buffer.Data.SequenceEqual(frame.AsSpan(frame.Length - 10)));
    }

    [Fact]
    public void It_shrinks_as_soon_as_an_oversized_frame_is_through()
    {
        ReceiveBuffer buffer = new();
        buffer.MakeRoom(5 << 20);
        Put(buffer, new byte[5 << 20]);
        buffer.Consume(5 << 20);
        Assert.Equal(ReceiveBuffer.InitialBytes, buffer.Capacity);
    }

    [Fact]
    public void A_size_that_usual_frames_need_stays()
    {
        ReceiveBuffer buffer = new();
        buffer.MakeRoom(ReceiveBuffer.RetainedBytes);
        buffer.MakeRoom(160);
        Assert.Equal(ReceiveBuffer.RetainedBytes, buffer.Capacity);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Any_run_of_pieces_and_frames_comes_out_as_it_went_in(int seed)
    {
        Random random = new(seed);
        ReceiveBuffer buffer = new();
        byte next = 0;
        byte expected = 0;
        for (int i = 0; i < 150; i++)
        {
            int frame = random.Next(10) == 0 ? random.Next(1, 3 << 20) : random.Next(1, 5_000);
            while (buffer.Length < frame)
            {
                buffer.MakeRoom(frame);
                Span<byte> free = buffer.Free;
                Assert.False(free.IsEmpty);
                int piece = random.Next(1, free.Length + 1);
                for (int k = 0; k < piece; k++)
                {
                    free[k] = next++;
                }

                buffer.Add(piece);
            }

            foreach (byte value in buffer.Data[..frame])
            {
                if (value != expected++)
                {
                    Assert.Fail($"Byte {expected - 1} came out as {value}.");
                }
            }

            buffer.Consume(frame);
        }
    }

    private static void Put(ReceiveBuffer buffer, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(buffer.Free);
        buffer.Add(bytes.Length);
    }
}
