using System;
using System.Buffers.Binary;
using System.IO;
using System.Text;

namespace RaftEngine.Bench.Peers;

/// <summary>
/// The two calls of etcd's interface that are made here, as bytes of protocol buffers:
/// <code>
/// PutRequest:     1 key, bytes        2 value, bytes
/// StatusResponse: 1 header, message { 2 member_id, uint64 }   2 version, string   4 leader, uint64
/// </code>
/// A field is a varint of (number &lt;&lt; 3 | wire type), then a varint (type 0), or a varint length and as many bytes (type 2).
/// </summary>
internal static class EtcdMessages
{
    private const int VarintType = 0;
    private const int Fixed64Type = 1;
    private const int BytesType = 2;
    private const int Fixed32Type = 5;

    /// <summary>A PutRequest.</summary>
    public static byte[] Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        using MemoryStream message = new(key.Length + value.Length + 16);
        WriteBytes(message, 1, key);
        WriteBytes(message, 2, value);
        return message.ToArray();
    }

    /// <summary>What is asked of a StatusResponse.</summary>
    public static (ulong MemberId, ulong LeaderId, string Version) ReadStatus(ReadOnlySpan<byte> message)
    {
        ulong member = 0;
        ulong leader = 0;
        string version = "";
        while (!message.IsEmpty)
        {
            (int field, ulong number) = Next(ref message, out ReadOnlySpan<byte> bytes);
            switch (field)
            {
                case 1:
                    member = ReadMemberId(bytes);
                    break;
                case 2:
                    version = Encoding.UTF8.GetString(bytes);
                    break;
                case 4:
                    leader = number;
                    break;
            }
        }

        return (member, leader, version);
    }

    private static ulong ReadMemberId(ReadOnlySpan<byte> header)
    {
        while (!header.IsEmpty)
        {
            (int field, ulong number) = Next(ref header, out _);
            if (field == 2)
            {
                return number;
            }
        }

        return 0;
    }

    private static (int Field, ulong Number) Next(ref ReadOnlySpan<byte> message, out ReadOnlySpan<byte> content)
    {
        ulong tag = ReadVarint(ref message);
        content = default;
        ulong number = 0;
        switch ((int)(tag & 7))
        {
            case VarintType:
                number = ReadVarint(ref message);
                break;
            case BytesType:
                content = Take(ref message, ReadVarint(ref message));
                break;
            case Fixed64Type:
                number = BinaryPrimitives.ReadUInt64LittleEndian(Take(ref message, sizeof(ulong)));
                break;
            case Fixed32Type:
                number = BinaryPrimitives.ReadUInt32LittleEndian(Take(ref message, sizeof(uint)));
                break;
            default:
                throw new InvalidDataException($"There is no wire type {tag & 7}.");
        }

        return ((int)(tag >> 3), number);
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> message, ulong length)
    {
        if (length > (ulong)message.Length)
        {
            throw new InvalidDataException($"A field is {length} bytes long; {message.Length} are left.");
        }

        ReadOnlySpan<byte> taken = message[..(int)length];
        message = message[(int)length..];
        return taken;
    }

    private static ulong ReadVarint(ref ReadOnlySpan<byte> message)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte part = Take(ref message, 1)[0];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("A number has more than ten bytes.");
    }

    private static void WriteBytes(Stream message, int field, ReadOnlySpan<byte> bytes)
    {
        WriteVarint(message, (uint)(field << 3) | BytesType);
        WriteVarint(message, (uint)bytes.Length);
        message.Write(bytes);
    }

    private static void WriteVarint(Stream message, uint value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            message.WriteByte((byte)(value | 0x80));
        }

        message.WriteByte((byte)value);
    }
}
