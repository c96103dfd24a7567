using System;
using System.Buffers.Binary;
using System.IO;
using System.Linq;
using RaftEngine.Log;

namespace RaftEngine.Tests.LogDump;

/// <summary>Changes a record, and then all checksums behind it, so that the log is valid in itself, and another one.</summary>
internal static class Rechained
{
    /// <summary>Changes a byte of a record's payload, and has all chain values from there on agree with it.</summary>
    public static void ChangePayload(string directory, long index, int offsetInPayload = 0) =>
        Change(directory, index, (bytes, start) => bytes[start + RecordFormat.HeaderBytes + offsetInPayload] ^= 0x20);

    /// <summary>Changes something of a record, and has all chain values from there on agree with it.</summary>
    public static void Change(string directory, long index, Action<byte[], int> change)
    {
        ulong? chain = null; // from the record on: what the next one continues
        foreach (string file in Directory.GetFiles(directory, "*" + SegmentFormat.Extension).Order(StringComparer.Ordinal))
        {
            byte[] bytes = File.ReadAllBytes(file);
            if (chain is { } before)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(SegmentFormat.ChainSeedOffset), before);
            }

            int start = SegmentFormat.HeaderBytes;
            for (long at = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16)); IsRecord(bytes, start, at); at++)
            {
                if (at == index)
                {
                    change(bytes, start);
                }

                int size = (int)RecordFormat.SizeOf(RecordFormat.PayloadLengthAt(in bytes[start]));
                if (at >= index)
                {
                    Span<byte> chained = bytes.AsSpan(start - RecordFormat.ChainBytes, RecordFormat.ChainBytes + size);
                    chain = RecordFormat.ComputeChain(chained);
                    BinaryPrimitives.WriteUInt64LittleEndian(chained[^RecordFormat.ChainBytes..], chain.Value);
                }

                start += size;
            }

            File.WriteAllBytes(file, bytes);
        }
    }

    private static bool IsRecord(byte[] bytes, int start, long index) =>
        start + RecordFormat.SmallestBytes + TailMark.SizeInBytes <= bytes.Length
        && RecordFormat.PayloadLengthAt(in bytes[start]) <= bytes.Length
        && RecordFormat.IndexAt(in bytes[start]) == index;
}
