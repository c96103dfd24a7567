using System;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace RaftEngine.Log;

/// <summary>Checks received records before anybody believes them. Any thread; keeps nothing, allocates nothing after a thread's first call.</summary>
internal static class RunVerifier
{
    // The first record's chain value is not in front of it in memory, as it is for every other one.
    [ThreadStatic]
    private static Crc64? t_crc;

    /// <summary>True if the bytes are exactly the records firstIndex..lastIndex, all of one term, each within maxPayloadBytes, whose chain continues previousChain.</summary>
    public static bool Verify(ReadOnlySpan<byte> records, long firstIndex, long lastIndex, long term, ulong previousChain, int maxPayloadBytes)
    {
        if (firstIndex < 1 || lastIndex < firstIndex)
        {
            return false;
        }

        int offset = 0;
        for (long index = firstIndex; ; index++)
        {
            ReadOnlySpan<byte> rest = records[offset..];
            if (!TryMeasure(rest, index, term, (uint)maxPayloadBytes, out int size))
            {
                return false;
            }

            bool continues = offset == 0
                ? Continues(rest[..size], previousChain)
                : RecordFormat.ComputeChain(records.Slice(offset - RecordFormat.ChainBytes, RecordFormat.ChainBytes + size)) == RecordFormat.ReadChain(rest[..size]);
            if (!continues)
            {
                return false;
            }

            offset += size;
            if (index == lastIndex)
            {
                return offset == records.Length;
            }
        }
    }

    /// <summary>True if the bytes begin with something that has the size, index, term, kind and flags that a record should; says nothing of its checksum.</summary>
    public static bool TryMeasure(ReadOnlySpan<byte> records, long index, long term, uint maxPayloadBytes, out int size)
    {
        size = 0;
        if (records.Length < RecordFormat.SmallestBytes)
        {
            return false;
        }

        ref readonly byte record = ref records[0];
        uint length = RecordFormat.PayloadLengthAt(in record);
        long claimed = RecordFormat.SizeOf(length);
        if (length > maxPayloadBytes
            || claimed > records.Length
            || RecordFormat.IndexAt(in record) != index
            || RecordFormat.TermAt(in record) != term
            || RecordFormat.KindAndFlagsAt(in record) is 0 or > byte.MaxValue)
        {
            return false;
        }

        size = (int)claimed;
        return true;
    }

    /// <summary>True if a record's checksum continues a chain value that does not stand in front of it.</summary>
    public static bool Continues(ReadOnlySpan<byte> record, ulong previousChain)
    {
        Crc64 crc = t_crc ??= new Crc64();
        crc.Reset();
        crc.Append(MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in previousChain)));
        crc.Append(record[..^RecordFormat.ChainBytes]);
        return crc.GetCurrentHashAsUInt64() == RecordFormat.ReadChain(record);
    }
}
