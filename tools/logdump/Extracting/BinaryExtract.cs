using System;
using System.Buffers.Binary;
using System.IO;
using RaftEngine.Log;

namespace RaftEngine.LogDump.Extracting;

/// <summary>
/// Records in a file of their own, as they stand in the log, so that the chain still proves them. Little-endian: a header,
/// <code>
///   offset size
///        0    8  magic, "RAFTXTRC"
///        8    4  format version, 1
///       12    4  header length, 64
///       16   16  cluster id, in the order in which it is written as text
///       32    8  group id
///       40    8  index of the first record; 0 if there is none
///       48    8  zero
///       56    8  the chain value before the first record
/// </code>
/// then the records, each continuing the 8 bytes before it, then the end, without which the file is incomplete:
/// <code>
///        0    4  0xFFFFFFFF, a length that no record has
///        4    4  zero
///        8    8  how many records there are
/// </code>
/// </summary>
internal sealed class BinaryExtract(Stream output, LogOwner owner)
{
    public const int HeaderBytes = 64;
    public const int EndBytes = 16;

    private const ulong Magic = 0x4352_5458_5446_4152; // "RAFTXTRC"
    private const uint Version = 1;
    private const uint EndMark = 0xFFFF_FFFF;

    private byte[] _record = new byte[1 << 12];
    private long _records;

    /// <summary>Writes one record, which follows the one before.</summary>
    /// <param name="record">The record.</param>
    /// <param name="chainBefore">The chain value before it; of the first record only.</param>
    /// <returns>False if it does not continue that: the log has been changed since. It was not written.</returns>
    public bool TryWrite(in LogRecord record, ulong chainBefore)
    {
        int size = RecordFormat.ChainBytes + (int)RecordFormat.SizeOf((uint)record.Payload.Length);
        if (_record.Length < size)
        {
            Array.Resize(ref _record, Math.Max(size, 2 * _record.Length));
        }

        Span<byte> bytes = _record.AsSpan(0, size);
        if (_records == 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, chainBefore);
        }

        RecordFormat.Write(bytes, record.Kind, record.Index, record.Term, record.Payload);
        if (RecordFormat.ReadChain(bytes) != record.Chain)
        {
            return false;
        }

        if (_records == 0)
        {
            WriteHeader(record.Index, chainBefore);
        }

        output.Write(bytes[RecordFormat.ChainBytes..]);
        bytes[^RecordFormat.ChainBytes..].CopyTo(_record);
        _records++;
        return true;
    }

    /// <summary>Ends the file.</summary>
    public void Complete()
    {
        if (_records == 0)
        {
            WriteHeader(0, 0);
        }

        Span<byte> end = stackalloc byte[EndBytes];
        end.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(end, EndMark);
        BinaryPrimitives.WriteInt64LittleEndian(end[8..], _records);
        output.Write(end);
        output.Flush();
    }

    private void WriteHeader(long firstIndex, ulong chainBefore)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        header.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], HeaderBytes);
        SegmentFormat.WriteGuid(header[16..], owner.ClusterId);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], owner.GroupId);
        BinaryPrimitives.WriteInt64LittleEndian(header[40..], firstIndex);
        BinaryPrimitives.WriteUInt64LittleEndian(header[^RecordFormat.ChainBytes..], chainBefore);
        output.Write(header);
    }
}
