using System;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>Decodes what <see cref="KvCommandWriter"/> wrote, in place. Every read says whether the bytes were there; none reads past the end.</summary>
internal ref struct KvCommandReader
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Reads from the first field after the header; begin with <see cref="TryOpen"/>.</summary>
    private KvCommandReader(ReadOnlySpan<byte> rest)
    {
        _rest = rest;
    }

    /// <summary>True when every byte has been read.</summary>
    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>Reads the header.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> command, out KvCommandKind kind, out KvCommandFlags flags, out KvCommandReader reader)
    {
        kind = default;
        flags = default;
        reader = default;
        if (command.Length < KvCommandWriter.HeaderBytes)
        {
            return false;
        }

        kind = (KvCommandKind)command[0];
        flags = (KvCommandFlags)command[1];
        reader = new KvCommandReader(command[KvCommandWriter.HeaderBytes..]);
        return true;
    }

    /// <summary>A number.</summary>
    public bool TryReadVarint(out ulong value)
    {
        value = 0;
        for (int i = 0; i < _rest.Length && i < KvCommandWriter.MaxFieldOverheadBytes; i++)
        {
            byte b = _rest[i];
            if (i == KvCommandWriter.MaxFieldOverheadBytes - 1 && b > 1)
            {
                return false; // More than 64 bits.
            }

            value |= (ulong)(b & 0x7F) << (7 * i);
            if (b < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    /// <summary>A number that may be negative.</summary>
    public bool TryReadSigned(out long value)
    {
        bool read = TryReadVarint(out ulong zigzag);
        value = (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
        return read;
    }

    /// <summary>A key or a value, in place.</summary>
    public bool TryReadBytes(out ReadOnlySpan<byte> value)
    {
        if (!TryReadVarint(out ulong length) || length > (ulong)_rest.Length)
        {
            value = default;
            return false;
        }

        value = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return true;
    }

    /// <summary>Whether exactly this many fields of bytes follow, and nothing else. Reads none of them.</summary>
    public readonly bool HoldsExactly(ulong fields)
    {
        KvCommandReader ahead = this;
        for (ulong i = 0; i < fields; i++)
        {
            if (!ahead.TryReadBytes(out _))
            {
                return false;
            }
        }

        return ahead.AtEnd;
    }
}
