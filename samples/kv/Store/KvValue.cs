using System;
using System.Buffers.Text;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>
/// A value: bytes, or an integer kept as one so that counting allocates nothing. Which of the two it is can not be seen from outside: an integer reads as its decimal
/// digits. The bytes are never changed once they are in here, so a value may be read without the lock it was fetched under.
/// </summary>
internal readonly struct KvValue
{
    /// <summary>The longest integer, in bytes: the sign and 19 digits.</summary>
    public const int MaxIntegerBytes = 20;

    private readonly byte[]? _bytes;
    private readonly long _integer;

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

    /// <summary>The bytes; null if it is kept as an integer.</summary>
    public byte[]? Bytes => _bytes;

    /// <summary>The integer of a result that is a number and not a value.</summary>
    public long Integer => _integer;

    /// <summary>The bytes: in place, or written into the scratch, which must have <see cref="MaxIntegerBytes"/>.</summary>
    public ReadOnlySpan<byte> AsSpan(Span<byte> scratch)
    {
        if (_bytes is not null)
        {
            return _bytes;
        }

        _ = Utf8Formatter.TryFormat(_integer, scratch, out int written);
        return scratch[..written];
    }

    /// <summary>The value as an integer, if its bytes are one in the only way to write it: no plus, no leading zeros, no spaces.</summary>
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
