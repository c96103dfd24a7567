using System;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>
/// Encodes a command into the caller's span, which must be large enough: <see cref="HeaderBytes"/> and, for each field,
/// <see cref="MaxFieldOverheadBytes"/> and its content.
/// </summary>
/// <remarks>
/// <code>
///   size    field
///   1       kind
///   1       flags
///   then by kind:
///     Set            bytes key, bytes value; with flag IfEqual also bytes expected
///     Delete         varint count, then as many: bytes key
///     IncrementBy    varint zigzag(delta), bytes key
///     Append         bytes key, bytes value
///     SetMany        varint count, then as many: bytes key, bytes value
///     Call           [stamp], call
///     Transaction    [stamp], varint count, then as many watches: 1 database, varint version, bytes key; varint count, then as many: call
///     Stamp          stamp
///     Member         varint id, bytes address for replicas, bytes address for clients
///   stamp, with flag Stamped: varint term, varint elapsed, varint Unix milliseconds
///   call: 1 database, 1 operation, varint count, then as many: bytes argument
/// </code>
/// varint: unsigned LEB128, at most 10 bytes. bytes: varint length, then the content. Nothing follows the last field.
/// </remarks>
internal ref struct KvCommandWriter
{
    /// <summary>Kind and flags, in bytes.</summary>
    public const int HeaderBytes = 2;

    /// <summary>The longest varint, in bytes.</summary>
    public const int MaxFieldOverheadBytes = 10;

    private readonly Span<byte> _destination;
    private int _length;

    /// <summary>Begins a command.</summary>
    public KvCommandWriter(Span<byte> destination, KvCommandKind kind, KvCommandFlags flags)
    {
        _destination = destination;
        destination[0] = (byte)kind;
        destination[1] = (byte)flags;
        _length = HeaderBytes;
    }

    private KvCommandWriter(Span<byte> destination)
    {
        _destination = destination;
    }

    /// <summary>What has been written, in bytes.</summary>
    public readonly int Length => _length;

    /// <summary>Writes a part of a command: no header.</summary>
    public static KvCommandWriter Append(Span<byte> destination) => new(destination);

    /// <summary>One whole IncrementBy.</summary>
    /// <returns>Its length in bytes.</returns>
    public static int EncodeIncrementBy(Span<byte> destination, ReadOnlySpan<byte> key, long delta)
    {
        KvCommandWriter writer = new(destination, KvCommandKind.IncrementBy, KvCommandFlags.None);
        writer.WriteSigned(delta);
        writer.WriteBytes(key);
        return writer.Length;
    }

    /// <summary>The most bytes that a call takes beside its arguments and what frames each: stamp, database, operation
    /// and their number.</summary>
    public const int MaxCallOverheadBytes = HeaderBytes + 2 + (4 * MaxFieldOverheadBytes);

    /// <summary>One whole stamp.</summary>
    /// <returns>Its length in bytes.</returns>
    public static int EncodeStamp(Span<byte> destination, in KvStamp stamp)
    {
        KvCommandWriter writer = new(destination, KvCommandKind.Stamp, KvCommandFlags.Stamped);
        writer.WriteStamp(in stamp);
        return writer.Length;
    }

    /// <summary>A byte.</summary>
    public void WriteByte(byte value) => _destination[_length++] = value;

    /// <summary>A stamp.</summary>
    public void WriteStamp(in KvStamp stamp)
    {
        WriteVarint((ulong)stamp.Term);
        WriteVarint((ulong)stamp.Elapsed);
        WriteVarint((ulong)stamp.Unix);
    }

    /// <summary>A number.</summary>
    public void WriteVarint(ulong value)
    {
        while (value >= 0x80)
        {
            _destination[_length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _destination[_length++] = (byte)value;
    }

    /// <summary>A number that may be negative: zigzag, so that small ones of either sign are short.</summary>
    public void WriteSigned(long value) => WriteVarint((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>A key or a value.</summary>
    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        WriteVarint((ulong)value.Length);
        value.CopyTo(_destination[_length..]);
        _length += value.Length;
    }
}
