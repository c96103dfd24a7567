using System;
using System.Buffers.Binary;
using System.IO.Hashing;
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
        Assert.True(HelloFormat.TryRead(Bytes(), out Hello read));
        Assert.Equal(Example, read);
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
            Assert.False(HelloFormat.TryRead(bytes, out Hello hello));
            Assert.Equal(default, hello);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [InlineData(7, 2)] // a lane that there is not
    [InlineData(64, 1)]
    [InlineData(71, 1)]
    public void Reserved_bytes_are_zero(int offset, byte value)
    {
        byte[] bytes = Bytes();
        bytes[offset] = value;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(72), Crc64.HashToUInt64(bytes.AsSpan(0, 72)));
        Assert.False(HelloFormat.TryRead(bytes, out _));
    }

    private static byte[] Bytes()
    {
        byte[] bytes = new byte[HelloFormat.Bytes];
        HelloFormat.Write(bytes, in Example);
        return bytes;
    }
}
