using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using RaftEngine.Pipeline;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Pipeline;

public class InboxRingTests
{
    [Fact]
    public void What_goes_in_comes_out_in_order()
    {
        InboxRing ring = new(4096);
        Random random = new(1);
        Queue<(long Argument, byte[] Payload)> expected = new();
        long next = 0;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] payload = new byte[random.Next(0, 500)];
            random.NextBytes(payload);
            int cut = random.Next(0, payload.Length + 1);
            if (ring.TryWrite(RingTag.Proposal, next, payload.AsSpan(0, cut), payload.AsSpan(cut)))
            {
                expected.Enqueue((next++, payload));
            }
            else
            {
                Assert.True(expected.Sum(record => record.Payload.Length + 32) > 4096 - 2 * 532);
            }

            for (int reads = random.Next(0, 3); reads > 0 && ring.TryRead(out RingRecord record); reads--)
            {
                (long argument, byte[] bytes) = expected.Dequeue();
                Assert.Equal(RingTag.Proposal, record.Tag);
                Assert.Equal(argument, record.Argument);
                Assert.Equal(bytes, record.Payload.ToArray());
                ring.Advance();
                ring.Release();
            }
        }

        Assert.True(next > 5000);
    }

    [Fact]
    public void A_ring_that_trims_itself_loses_nothing_while_others_write()
    {
        const int Each = 4_000;
        InboxRing ring = new(256 << 10);
        byte[] payload = [.. Enumerable.Range(0, 3000).Select(static i => (byte)i)];
        Thread[] producers = [.. Enumerable.Range(0, 2).Select(producer => new Thread(() =>
        {
            for (int i = 0; i < Each; i++)
            {
                while (!ring.TryWrite(RingTag.Proposal, (producer * Each) + i, payload.AsSpan(0, 1 + (i * 7 % payload.Length))))
                {
                    Thread.Yield();
                }
            }
        }))];
        Array.ForEach(producers, static producer => producer.Start());
        long[] next = [0, Each];
        TimeSpan now = TimeSpan.Zero;
        for (int read = 0; read < 2 * Each;)
        {
            now += TimeSpan.FromMinutes(1);
            ring.TrimNowAndThen(now);
            for (int i = 0; i < 5 && ring.TryRead(out RingRecord record); i++, read++)
            {
                int producer = record.Argument < Each ? 0 : 1;
                Assert.Equal(next[producer]++, record.Argument);
                int sequence = (int)record.Argument % Each;
                Assert.True(record.Payload.SequenceEqual(payload.AsSpan(0, 1 + (sequence * 7 % payload.Length))));
                ring.Advance();
                ring.Release();
            }
        }

        Assert.False(ring.TryRead(out _));
        Array.ForEach(producers, static producer => producer.Join());
    }

    [Fact]
    public void A_ring_is_resident_as_far_as_it_is_used_and_gives_back_what_it_was()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        const int Capacity = 4 << 20;
        InboxRing ring = new(Capacity);
        Assert.InRange(ring.ResidentBytes(), 0, Capacity / 8);
        for (int i = 0; i < Capacity / 1024; i++)
        {
            Assert.True(ring.TryWrite(RingTag.Read, i, new byte[1000]));
            Assert.True(ring.TryRead(out _));
            ring.Advance();
            ring.Release();
        }

        Assert.InRange(ring.ResidentBytes(), Capacity / 8 * 7, Capacity + (1 << 20));
        for (int minute = 0; minute < 12; minute++)
        {
            ring.TrimNowAndThen(TimeSpan.FromMinutes(minute));
        }

        Assert.InRange(ring.ResidentBytes(), 0, Capacity / 8);
        Assert.True(ring.TryWrite(RingTag.Read, 1, new byte[1000])); // and is as it was
        Assert.True(ring.TryRead(out RingRecord record));
        Assert.Equal(1, record.Argument);
    }

    [Fact]
    public void A_full_ring_refuses_and_takes_again_after_release()
    {
        InboxRing ring = new(1024);
        int written = 0;
        while (ring.TryWrite(RingTag.Read, written, new byte[48]))
        {
            written++;
        }

        Assert.Equal(1024 / 64, written);
        Assert.True(ring.TryRead(out _));
        ring.Advance();
        Assert.False(ring.TryWrite(RingTag.Read, 0, new byte[48])); // read, but not yet given back
        ring.Release();
        Assert.True(ring.TryWrite(RingTag.Read, 0, new byte[48]));
    }

    [Fact]
    public void A_payload_that_can_never_fit_is_an_error_not_a_full_ring()
    {
        InboxRing ring = new(1024);

        Assert.Throws<ArgumentException>(() => ring.TryWrite(RingTag.Read, 0, new byte[ring.MaxPayloadBytes + 1]));
        Assert.True(ring.TryWrite(RingTag.Read, 0, new byte[ring.MaxPayloadBytes]));
    }

    [Fact]
    public void A_payload_of_the_largest_size_finds_room_wherever_the_ring_stands()
    {
        const int Capacity = 4096;
        InboxRing ring = new(Capacity);
        Assert.True(ring.MaxPayloadBytes >= Capacity / 4);
        byte[] largest = new byte[ring.MaxPayloadBytes];
        for (int position = 0; position < 2 * Capacity; position += 16)
        {
            Assert.True(ring.TryWrite(RingTag.Read, position, largest));
            Assert.True(ring.TryRead(out RingRecord record));
            Assert.Equal(largest.Length, record.Payload.Length);
            ring.Advance();
            ring.Release();
            Assert.True(ring.TryWrite(RingTag.Read, 0, default)); // moves on by 16
            Assert.True(ring.TryRead(out _));
            ring.Advance();
            ring.Release();
        }
    }

    [Fact]
    public void A_record_behind_one_that_is_still_being_copied_is_not_forgotten_at_the_end()
    {
        byte[] large = new byte[15 << 20]; // takes a while to copy
        for (int round = 0; round < 3; round++)
        {
            InboxRing ring = new(64 << 20);
            Thread slow = new(() => Assert.True(ring.TryWrite(RingTag.Proposal, 1, large)));
            slow.Start();
            SpinWait.SpinUntil(() => !ring.IsUnclaimed);
            Assert.True(ring.TryWrite(RingTag.Proposal, 2, new byte[8]));
            List<long> read = [];
            while (ring.TryReadClaimed(out RingRecord record))
            {
                read.Add(record.Argument);
                ring.Advance();
            }

            slow.Join();
            Assert.Equal([1, 2], read);
        }
    }

    [Fact]
    public void Many_producers_lose_nothing_and_keep_their_own_order()
    {
        const int Producers = 4;
        const int RecordsEach = 50_000;
        InboxRing ring = new(1 << 14);
        Thread[] threads = [.. Enumerable.Range(0, Producers).Select(producer => new Thread(() =>
        {
            byte[] payload = new byte[8 + (producer * 37)];
            for (int i = 0; i < RecordsEach; i++)
            {
                BinaryPrimitives.WriteInt64LittleEndian(payload, i);
                while (!ring.TryWrite(RingTag.Proposal, producer, payload))
                {
                    Thread.Yield();
                }
            }
        }))];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        long[] next = new long[Producers];
        for (int read = 0; read < Producers * RecordsEach;)
        {
            if (!ring.TryRead(out RingRecord record))
            {
                ring.Release();
                Thread.Yield();
                continue;
            }

            Assert.Equal(8 + (record.Argument * 37), record.Payload.Length);
            Assert.Equal(next[record.Argument]++, BinaryPrimitives.ReadInt64LittleEndian(record.Payload));
            ring.Advance();
            read++;
        }

        Assert.True(ring.IsEmpty);
    }

    [Fact]
    public void Writing_and_reading_allocate_nothing()
    {
        InboxRing ring = new(1 << 14);
        byte[] payload = new byte[100];
        long before = 0;
        for (int i = 0; i < 2000; i++)
        {
            if (i == 1000)
            {
                before = ThreadAllocations.Begin();
            }

            ring.TryWrite(RingTag.Proposal, i, payload);
            ring.TryRead(out _);
            ring.Advance();
            ring.Release();
        }

        Assert.Equal(0, ThreadAllocations.Since(before));
    }
}
