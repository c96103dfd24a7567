using System;
using System.IO.Hashing;
using RaftEngine.Log;

namespace RaftEngine.Bench.Baselines;

/// <summary>What no checksummed log can do without: one copy of the payload and one CRC-64 over the record's bytes, framing included, into memory that is warm.</summary>
internal sealed class Roofline
{
    private readonly byte[] _space;
    private readonly int _recordBytes;

    /// <summary>A roofline of groups.</summary>
    /// <param name="payloadBytes">The size of a payload.</param>
    /// <param name="records">How many records a group has.</param>
    public Roofline(int payloadBytes, int records)
    {
        _recordBytes = (int)RecordFormat.SizeOf((uint)payloadBytes);
        Records = records;
        _space = new byte[RecordFormat.ChainBytes + (_recordBytes * records) + TailMark.SizeInBytes];
    }

    /// <summary>The records of a group.</summary>
    public int Records { get; }

    /// <summary>A group as it would go to a file, with as many bytes behind it as a log's mark takes.</summary>
    public ReadOnlySpan<byte> Group => _space.AsSpan(RecordFormat.ChainBytes);

    /// <summary>Copies and checksums one group.</summary>
    public void Fill(ReadOnlySpan<byte> payload)
    {
        Span<byte> rest = _space;
        for (int i = 0; i < Records; i++)
        {
            payload.CopyTo(rest[(RecordFormat.ChainBytes + RecordFormat.HeaderBytes)..]);
            Crc64.Hash(rest[.._recordBytes], rest[_recordBytes..]);
            rest = rest[_recordBytes..];
        }
    }
}
