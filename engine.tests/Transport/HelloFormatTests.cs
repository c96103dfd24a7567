using System;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Linq;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Transport;

public sealed class HelloFormatTests
{
    private static readonly Hello Example = new(
        0x0102,
        HelloOutcome.OtherGroup,
        new RaftIdentity(Sample.Cluster, 0x1112_1314_1516_1718, 0x2122_2324_2526_2728, new Guid("00112233-4455-6677-8899-aabbccddeeff")),
        0x3132_3334_3536_3738,
        Lane.Control);

    [Fact]
    public void A_hello_round_trips_whatever_its_version()
    {
        Assert.True(HelloFormat.TryRead(Bytes(), out Hello read, out int handshakeBytes));
        Assert.Equal((Example, 0), (read, handshakeBytes));
    }

    [Fact]
    public void The_bytes_are_those_that_are_drawn()
    {
        byte[] bytes = Bytes();
        string expected = string.Concat(
            "52465448", "0201", "04", "01", "6F0C1D2E3A4B4C5D8E6F708192A3B4C5", "1817161514131211", "2827262524232221", "3837363534333231",
            "00112233445566778899AABBCCDDEEFF", "0000000000000000");
        Assert.Equal(80, bytes.Length);
        Assert.Equal(expected, Convert.ToHexString(bytes.AsSpan(0, 72)));
        Assert.Equal(Crc64.HashToUInt64(bytes.AsSpan(0, 72)), BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(72)));
    }

    [Fact]
    public void A_hello_with_any_bit_flipped_is_none()
    {
        byte[] bytes = Bytes();
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(HelloFormat.TryRead(bytes, out Hello hello, out _));
            Assert.Equal(default, hello);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [InlineData(7, 2)] // a lane that there is not
    [InlineData(65, 3)]
    [InlineData(66, 1)]
    [InlineData(71, 1)]
    public void Reserved_bytes_are_zero(int offset, byte value)
    {
        byte[] bytes = Bytes();
        bytes[offset] = value;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(72), Crc64.HashToUInt64(bytes.AsSpan(0, 72)));
        Assert.False(HelloFormat.TryRead(bytes, out _, out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(15)]
    public void A_handshake_follows_its_hello_and_comes_in_any_pieces(int voters)
    {
        Hello hello = WithHandshake(voters);
        byte[] bytes = new byte[HelloFormat.LengthOf(in hello)];
        HelloFormat.Write(bytes, in hello);
        Assert.Equal(120 + (8 * voters), bytes.Length);
        for (int piece = 1; piece <= bytes.Length; piece++)
        {
            HelloReader reader = new();
            Assert.Equal(hello, Feed(reader, bytes, piece, out int taken));
            Assert.Equal(bytes.Length, taken);
            reader.Reset();
            Assert.Equal(Example, Feed(reader, Bytes(), piece, out taken));
            Assert.Equal(HelloFormat.Bytes, taken);
        }
    }

    [Fact]
    public void A_handshake_is_laid_out_as_drawn()
    {
        Hello hello = WithHandshake(2);
        byte[] bytes = new byte[HelloFormat.LengthOf(in hello)];
        HelloFormat.Write(bytes, in hello);
        Assert.Equal("3800" + "000000000000", Convert.ToHexString(bytes.AsSpan(64, 8)));
        Assert.Equal(
            "0200" + "0000" + "00000100" + "00000400" + "00000000" + "C0C62D0000000000" + "0100000000000000" + "0200000000000000" + "0200000000000000",
            Convert.ToHexString(bytes.AsSpan(80, 48)));
        Assert.Equal(Crc64.HashToUInt64(bytes.AsSpan(80, 48)), BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(128)));
    }

    [Fact]
    public void A_handshake_with_any_bit_flipped_makes_the_hello_none()
    {
        Hello hello = WithHandshake(3);
        byte[] bytes = new byte[HelloFormat.LengthOf(in hello)];
        HelloFormat.Write(bytes, in hello);
        for (int bit = HelloFormat.Bytes * 8; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(default, Feed(new HelloReader(), bytes, bytes.Length, out _));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    // Whatever it claims to be, it takes no more than a bounded number of bytes, and no exception.
    [Fact]
    public void A_handshake_of_any_bytes_is_taken_or_refused()
    {
        Random random = new(1);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = new byte[random.Next(HandshakeFormat.MaxBytes + 2)];
            random.NextBytes(bytes);
            if (bytes.Length > 8)
            {
                bytes[1] = 0;
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(bytes.Length - 8), Crc64.HashToUInt64(bytes.AsSpan(0, bytes.Length - 8)));
            }

            bool isTaken = HandshakeFormat.TryRead(bytes, out RaftHandshake? read);
            Assert.True(!isTaken || (bytes[0] <= 15 && read!.InitialVoters.Length == bytes[0] && bytes.Length >= 32 + (8 * bytes[0])));
        }
    }

    private static Hello WithHandshake(int voters) => Example with
    {
        Identity = Example.Identity with
        {
            Handshake = new RaftHandshake
            {
                InitialVoters = [.. Enumerable.Range(1, voters).Select(static id => (ulong)id)],
                ClusterVersion = 2,
                MaxCommandBytes = 64 << 10,
                MaxMessageBytes = 256 << 10,
                ElectionTimeout = TimeSpan.FromMilliseconds(300),
            },
        },
    };

    private static Hello Feed(HelloReader reader, byte[] bytes, int piece, out int taken)
    {
        for (taken = 0; ;)
        {
            int count = Math.Min(Math.Min(piece, reader.Free.Length), bytes.Length - taken);
            bytes.AsSpan(taken, count).CopyTo(reader.Free);
            taken += count;
            if (reader.Add(count, out Hello hello))
            {
                return hello;
            }
        }
    }

    private static byte[] Bytes()
    {
        byte[] bytes = new byte[HelloFormat.Bytes];
        HelloFormat.Write(bytes, in Example);
        return bytes;
    }
}
