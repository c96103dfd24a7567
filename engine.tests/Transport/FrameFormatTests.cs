using System;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Reflection;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Transport;

public sealed class FrameFormatTests
{
    private static readonly FrameScope Scope = new(Sample.Cluster, Sample.Group, From: 1, To: 2, MaxFrameBytes: 1 << 20);

    public static TheoryData<MessageKind> Kinds()
    {
        TheoryData<MessageKind> kinds = [];
        foreach (MessageKind kind in Enum.GetValues<MessageKind>())
        {
            if (kind != MessageKind.None)
            {
                kinds.Add(kind);
            }
        }

        return kinds;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_field_of_every_kind_round_trips(MessageKind kind)
    {
        Message message = Sample.Full(kind, 1, 2);
        byte[] header = Header(in message, bodyBytes: 12_345);
        Assert.Equal(FrameRefusal.None, FrameFormat.TryRead(header, in Scope, out Message read, out int bodyBytes));
        Assert.Equal(message, read);
        Assert.Equal(12_345, bodyBytes);
    }

    [Fact]
    public void Each_field_is_carried_by_itself()
    {
        foreach (PropertyInfo property in typeof(Message).GetProperties())
        {
            MessageKind kind = property.Name == nameof(Message.Run) ? MessageKind.ReadIndexRequest : MessageKind.AppendRequest; // the two share their place
            object message = new Message { Kind = kind, From = 1, To = 2 };
            object value = property.PropertyType == typeof(long) ? long.MaxValue
                : property.PropertyType == typeof(bool) ? true
                : property.PropertyType == typeof(EntryKind) ? EntryKind.Session
                : property.PropertyType == typeof(ProposalRefusal) ? ProposalRefusal.Repeated
                : property.PropertyType == typeof(MessageKind) ? MessageKind.VoteResponse
                : property.Name == nameof(Message.From) ? 1UL
                : property.Name == nameof(Message.To) ? 2UL
                : (object)ulong.MaxValue;
            property.SetValue(message, value);
            Message expected = (Message)message;
            Assert.Equal(FrameRefusal.None, FrameFormat.TryRead(Header(in expected, 0), in Scope, out Message read, out _));
            Assert.Equal(expected, read);
        }
    }

    [Fact]
    public void The_bytes_are_those_that_are_drawn()
    {
        Message message = Sample.Full(MessageKind.AppendRequest, 1, 2) with { Rejected = true, IsTransfer = true };
        byte[] header = Header(in message, bodyBytes: 0x0A0B0C0D);
        string expected = string.Concat(
            "52465446", "0500", "05", "03", "A800", "03", "04", "0D0C0B0A", "6F0C1D2E3A4B4C5D8E6F708192A3B4C5", "0900000000000000", "0100000000000000", "0200000000000000",
            "0807060504030201", "1817161514131211", "2827262524232221", "3837363534333231", "4847464544434241", "5857565554535251", "6867666564636261", "7877767574737271",
            "8887868584838281", "9897969594939291", "A8A7A6A5A4A3A221", "B8B7B6B5B4B3B2B1",
            "C8C7C6C5C4C3C241");
        Assert.Equal(168, header.Length);
        Assert.Equal(expected, Convert.ToHexString(header.AsSpan(0, 160)));
        Assert.Equal(Crc64.HashToUInt64(header.AsSpan(0, 160)), BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(160)));
    }

    [Fact]
    public void A_header_with_any_bit_flipped_is_refused()
    {
        byte[] header = Header(Sample.Full(MessageKind.AppendRequest, 1, 2), bodyBytes: 4096);
        for (int bit = 0; bit < header.Length * 8; bit++)
        {
            header[bit / 8] ^= (byte)(1 << (bit % 8));
            FrameRefusal refusal = FrameFormat.TryRead(header, in Scope, out Message message, out int bodyBytes);
            FrameRefusal expected = bit < 32 ? FrameRefusal.Magic : bit < 48 ? FrameRefusal.Version : FrameRefusal.Checksum;
            Assert.Equal(expected, refusal);
            Assert.Equal(default, message);
            Assert.Equal(0, bodyBytes);
            header[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [InlineData(8, 2, 159, "HeaderLength")]
    [InlineData(8, 2, 160, "HeaderLength")]
    [InlineData(6, 1, 0, "Kind")]
    [InlineData(6, 1, 17, "Kind")]
    [InlineData(6, 1, 255, "Kind")]
    [InlineData(7, 1, 4, "Reserved")]
    [InlineData(7, 1, 255, "Reserved")]
    [InlineData(10, 1, 5, "Reserved")]
    [InlineData(10, 1, 255, "Reserved")]
    [InlineData(11, 1, 6, "Reserved")]
    [InlineData(11, 1, 255, "Reserved")]
    [InlineData(12, 4, (1 << 20) - 168 + 1, "BodyLength")]
    [InlineData(12, 4, int.MaxValue, "BodyLength")]
    [InlineData(12, 4, int.MinValue, "BodyLength")]
    [InlineData(12, 4, -1, "BodyLength")]
    [InlineData(12, 4, -168, "BodyLength")]
    [InlineData(16, 1, 0, "Cluster")]
    [InlineData(32, 4, 8, "Group")]
    [InlineData(40, 4, 3, "From")]
    [InlineData(48, 4, 3, "To")]
    [InlineData(63, 1, 0x80, "Negative")]
    [InlineData(71, 1, 0x80, "Negative")]
    [InlineData(79, 1, 0x80, "Negative")]
    [InlineData(87, 1, 0x80, "Negative")]
    [InlineData(95, 1, 0x80, "Negative")]
    [InlineData(103, 1, 0x80, "Negative")]
    [InlineData(111, 1, 0x80, "Negative")]
    [InlineData(119, 1, 0x80, "Negative")]
    [InlineData(143, 1, 0x80, "Negative")]
    [InlineData(159, 1, 0x80, "Negative")]
    public void A_lie_under_a_good_checksum_is_refused_for_what_it_is(int offset, int size, int value, string refusal)
    {
        byte[] header = Header(Sample.Full(MessageKind.AppendRequest, 1, 2), bodyBytes: 8);
        Span<byte> little = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(little, value);
        little[..size].CopyTo(header.AsSpan(offset));
        Seal(header);
        Assert.Equal(refusal, FrameFormat.TryRead(header, in Scope, out _, out int bodyBytes).ToString());
        Assert.Equal(0, bodyBytes);
    }

    [Fact]
    public void The_largest_permitted_body_is_taken()
    {
        byte[] header = Header(Sample.Full(MessageKind.AppendRequest, 1, 2), bodyBytes: (1 << 20) - 168);
        Assert.Equal(FrameRefusal.None, FrameFormat.TryRead(header, in Scope, out _, out int bodyBytes));
        Assert.Equal((1 << 20) - 168, bodyBytes);
    }

    [Fact]
    public void Writing_reading_and_refusing_take_no_memory()
    {
        Message message = Sample.Full(MessageKind.AppendRequest, 1, 2);
        byte[] header = Header(in message, bodyBytes: 8);
        byte[] lie = Header(in message, bodyBytes: int.MaxValue);
        int refused = 0;
        long before = 0;
        for (int i = 0; i < 2_000; i++)
        {
            if (i == 1_000)
            {
                // The first half has compiled what there is to compile.
                before = ThreadAllocations.Begin();
            }

            FrameFormat.Write(header, in message, Sample.Cluster, Sample.Group, 8);
            refused += FrameFormat.TryRead(header, in Scope, out _, out _) == FrameRefusal.None ? 0 : 1;
            refused += FrameFormat.TryRead(lie, in Scope, out _, out _) == FrameRefusal.BodyLength ? 1 : 0;
        }

        Assert.Equal(0, ThreadAllocations.Since(before));
        Assert.Equal(2_000, refused);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_bytes_are_refused_with_or_without_a_good_checksum(int seed)
    {
        Random random = new(seed);
        byte[] header = new byte[FrameFormat.HeaderBytes];
        byte[] template = Header(Sample.Full(MessageKind.AppendRequest, 1, 2), bodyBytes: 8);
        for (int i = 0; i < 20_000; i++)
        {
            random.NextBytes(header);
            Assert.NotEqual(FrameRefusal.None, FrameFormat.TryRead(header, in Scope, out _, out _));

            // A true start, random further on, sealed: whatever is taken is within the bounds, and is what a writer would have written.
            template.AsSpan(0, random.Next(4, 160)).CopyTo(header);
            Seal(header);
            if (FrameFormat.TryRead(header, in Scope, out Message message, out int bodyBytes) == FrameRefusal.None)
            {
                Assert.InRange(bodyBytes, 0, Scope.MaxFrameBytes - FrameFormat.HeaderBytes);
                Assert.Equal(header, Header(in message, bodyBytes));
            }
        }
    }

    private static byte[] Header(in Message message, int bodyBytes)
    {
        byte[] header = new byte[FrameFormat.HeaderBytes];
        FrameFormat.Write(header, in message, Sample.Cluster, Sample.Group, bodyBytes);
        return header;
    }

    private static void Seal(byte[] header) => BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(160), Crc64.HashToUInt64(header.AsSpan(0, 160)));
}
