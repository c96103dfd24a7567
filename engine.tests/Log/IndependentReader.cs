using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace RaftEngine.Tests.Log;

/// <summary>A second reader of the log, written from docs/log-format.md alone: it uses nothing of the engine, not even its CRC.</summary>
internal static class IndependentReader
{
    private static readonly ulong[] s_table = [.. Enumerable.Range(0, 256).Select(static b =>
    {
        ulong value = (ulong)b << 56;
        for (int i = 0; i < 8; i++)
        {
            value = (value >> 63) != 0 ? (value << 1) ^ 0x42F0E1EBA9EA3693 : value << 1;
        }

        return value;
    })];

    public static ulong Crc(ReadOnlySpan<byte> bytes)
    {
        ulong crc = 0;
        foreach (byte b in bytes)
        {
            crc = (crc << 8) ^ s_table[(int)(crc >> 56) ^ b];
        }

        return crc;
    }

    /// <summary>Term and vote.</summary>
    public static (long Term, ulong Vote) ReadHardState(string directory)
    {
        byte[] file = File.ReadAllBytes(Path.Combine(directory, "hard-state"));
        byte[] slot = new[] { file[..4096], file[4096..] }
            .Where(static s => s.AsSpan(0, 8).SequenceEqual("RAFTHARD"u8) && U32(s, 8) == 2 && U64(s, 216) == Crc(s.AsSpan(0, 216)))
            .MaxBy(static s => U64(s, 16))!;
        return ((long)U64(slot, 24), U64(slot, 32));
    }

    /// <summary>Every record, as index, term, kind, payload and chain value.</summary>
    public static List<(long Index, long Term, byte Kind, byte[] Payload, ulong Chain)> ReadRecords(string directory, Guid clusterId, ulong groupId)
    {
        List<(long Index, long Term, byte Kind, byte[] Payload, ulong Chain)> records = [];
        byte[] seedOf = [.. Convert.FromHexString(clusterId.ToString("N")), .. BitConverter.GetBytes(groupId)];
        ulong chain = Crc(seedOf);
        long index = 1;
        ulong stamp = 0;
        if (File.Exists(Path.Combine(directory, "log-start")))
        {
            byte[] both = File.ReadAllBytes(Path.Combine(directory, "log-start"));
            byte[] slot = new[] { both[..4096], both[4096..] }
                .Where(static s => s.AsSpan(0, 8).SequenceEqual("RAFTBEGN"u8) && U64(s, 72) == Crc(s.AsSpan(0, 72)))
                .MaxBy(static s => U64(s, 16))!;
            (index, chain, stamp) = ((long)U64(slot, 24), U64(slot, 40), U64(slot, 48));
        }

        foreach (string path in Directory.GetFiles(directory, "*.segment").Order(StringComparer.Ordinal))
        {
            byte[] file = File.ReadAllBytes(path);
            if (U64(file, 48) < stamp)
            {
                continue;
            }

            Require(file.AsSpan(0, 8).SequenceEqual("RAFTSEGM"u8) && U32(file, 8) == 1 && U64(file, 64) == Crc(file.AsSpan(0, 64)), "header");
            Require((long)U64(file, 16) == index && U64(file, 24) == (ulong)file.Length && U64(file, 4088) == chain, "continuation");
            for (int start = 4096; start + 32 + 48 <= file.Length;)
            {
                long size = 32 + ((U32(file, start) + 7L) / 8 * 8);
                if (start + size + 48 > file.Length || (long)U64(file, start + 8) != index || U64(file, start + (int)size - 8) != Crc(file.AsSpan(start - 8, (int)size)))
                {
                    break;
                }

                chain = U64(file, start + (int)size - 8);
                records.Add((index++, (long)U64(file, start + 16), file[start + 4], file.AsSpan(start + 24, (int)U32(file, start)).ToArray(), chain));
                start += (int)size;
            }
        }

        return records;
    }

    private static uint U32(byte[] bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(offset));

    private static ulong U64(byte[] bytes, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(offset));

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidDataException(what);
        }
    }
}
