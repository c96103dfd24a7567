using System;
using System.Buffers.Text;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>
/// A value: bytes, or an integer kept as one so that counting allocates nothing. Only OBJECT ENCODING shows which of
/// the two it is: an integer reads as its decimal digits.
/// The bytes are never changed once they are in here, so a value may be read without the lock it was fetched under.
/// </summary>
internal readonly struct KvValue
{
    /// <summary>The longest integer, in bytes: the sign and 19 digits.</summary>
    public const int MaxIntegerBytes = 20;

    // What redis keeps in the same allocation as its header, in bytes: OBJECT ENCODING tells.
    private const int MaxEmbeddedBytes = 44;

    private readonly byte[]? _bytes;
    private readonly long _integer; // of bytes: 1 if they were changed in place, as redis would have done

    /// <summary>A value of these bytes, which now belong to it.</summary>
    public KvValue(byte[] bytes)
    {
        _bytes = bytes;
    }

    /// <summary>An integer.</summary>
    public KvValue(long integer)
    {
        _integer = integer;
    }

    private KvValue(byte[] bytes, bool isChanged)
    {
        _bytes = bytes;
        _integer = isChanged ? 1 : 0;
    }

    /// <summary>True if a command such as APPEND has made it of an older value.</summary>
    public bool IsChanged => _bytes is not null && _integer != 0;

    /// <summary>The length in bytes.</summary>
    public int Length => _bytes?.Length ?? AsSpan(stackalloc byte[MaxIntegerBytes]).Length;

    /// <summary>How redis would keep it: int, embstr or raw.</summary>
    public string Encoding => _bytes is null ? "int" : IsChanged || _bytes.Length > MaxEmbeddedBytes ? "raw" : "embstr";

    /// <summary>The bytes; null if it is kept as an integer.</summary>
    public byte[]? Bytes => _bytes;

    /// <summary>The integer of a result that is a number and not a value.</summary>
    public long Integer => _integer;

    /// <summary>A value with a copy of these bytes, kept as an integer if they are one.</summary>
    public static KvValue Of(ReadOnlySpan<byte> bytes) => TryParseInteger(bytes, out long integer) ? new KvValue(integer) : new KvValue(bytes.ToArray());

    /// <summary>A value of these bytes, made of an older one. They now belong to it.</summary>
    public static KvValue Changed(byte[] bytes) => new(bytes, isChanged: true);

    /// <summary>The bytes: in place, or written into the scratch, which must have
    /// <see cref="MaxIntegerBytes"/>.</summary>
    public ReadOnlySpan<byte> AsSpan(Span<byte> scratch)
    {
        if (_bytes is not null)
        {
            return _bytes;
        }

        _ = Utf8Formatter.TryFormat(_integer, scratch, out int written);
        return scratch[..written];
    }

    /// <summary>The value as an integer, if its bytes are one in the only way to write it: no plus, no leading zeros,
    /// no spaces.</summary>
    public bool TryGetInteger(out long integer)
    {
        integer = _integer;
        return _bytes is null || TryParseInteger(_bytes, out integer);
    }

    /// <summary>Reads a 64-bit integer that is written the only way: no plus, no leading zeros, no spaces.</summary>
    public static bool TryParseInteger(ReadOnlySpan<byte> text, out long integer)
    {
        if (text.Length > MaxIntegerBytes || !Utf8Parser.TryParse(text, out integer, out int consumed) || consumed != text.Length)
        {
            integer = 0;
            return false;
        }

        Span<byte> canonical = stackalloc byte[MaxIntegerBytes];
        _ = Utf8Formatter.TryFormat(integer, canonical, out int written);
        return canonical[..written].SequenceEqual(text);
    }
}
