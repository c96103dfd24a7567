using System;
using System.Buffers;
using System.Buffers.Binary;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>
/// A command's result. It outlives its command where a client may still ask for it: the engine remembers the results of client sessions, in its snapshots too. Written down,
/// little-endian:
/// <code>
///   1      outcome
///   1      kind of the value: 0 bytes, 1 integer
///   8 | n  the integer | the bytes, up to the end
/// </code>
/// </summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Value">The number or the old value, where the outcome has one.</param>
internal readonly record struct KvResult(KvOutcome Outcome, KvValue Value = default)
{
    private const int HeaderBytes = 2;

    /// <summary>A number.</summary>
    public static KvResult FromInteger(long value) => new(KvOutcome.Integer, new KvValue(value));

    /// <summary>Writes it.</summary>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        byte[]? bytes = Value.Bytes;
        int length = HeaderBytes + (bytes?.Length ?? sizeof(long));
        Span<byte> span = destination.GetSpan(length);
        span[0] = (byte)Outcome;
        span[1] = bytes is null ? (byte)1 : (byte)0;
        if (bytes is null)
        {
            BinaryPrimitives.WriteInt64LittleEndian(span[HeaderBytes..], Value.Integer);
        }
        else
        {
            bytes.CopyTo(span[HeaderBytes..]);
        }

        destination.Advance(length);
    }

    /// <summary>Reads one back.</summary>
    /// <param name="bytes">All that <see cref="WriteTo"/> wrote.</param>
    public static KvResult Read(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> value = bytes[HeaderBytes..];
        return new KvResult((KvOutcome)bytes[0], bytes[1] == 1 ? new KvValue(BinaryPrimitives.ReadInt64LittleEndian(value)) : new KvValue(value.ToArray()));
    }
}
