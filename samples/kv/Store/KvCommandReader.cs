using System;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>Decodes what <see cref="KvCommandWriter"/> wrote, in place. Every read says whether the bytes were there;
/// none reads past the end.</summary>
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

    /// <summary>How many bytes have not been read.</summary>
    public readonly int Left => _rest.Length;

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

    /// <summary>A byte.</summary>
    public bool TryReadByte(out byte value)
    {
        bool read = !_rest.IsEmpty;
        value = read ? _rest[0] : (byte)0;
        _rest = read ? _rest[1..] : _rest;
        return read;
    }

    /// <summary>The stamp of a command whose flags say that it has one; otherwise nothing is read.</summary>
    public bool TryReadStamp(KvCommandFlags flags, out KvStamp stamp)
    {
        stamp = default;
        if ((flags & KvCommandFlags.Stamped) == 0)
        {
            return true;
        }

        bool read = TryReadVarint(out ulong term) & TryReadVarint(out ulong elapsed) & TryReadVarint(out ulong unix);
        stamp = new KvStamp((long)term, (long)elapsed, (long)unix);
        return read && stamp is { Term: >= 0, Elapsed: >= 0, Unix: >= 0 };
    }

    /// <summary>A call: where it belongs, what it does, and where its arguments lie.</summary>
    /// <param name="command">The whole command, which this reads.</param>
    /// <param name="database">The database's number.</param>
    /// <param name="operation">What it does.</param>
    /// <param name="places">Takes the places of the arguments, after an empty one for the name.</param>
    /// <param name="count">How many places there are.</param>
    /// <returns>False if there is no such call.</returns>
    public bool TryReadCall(ReadOnlySpan<byte> command, out byte database, out KvOperation operation, ref (int Offset, int Length)[] places, out int count)
    {
        bool read = TryReadByte(out database) & TryReadByte(out byte code) & TryReadVarint(out ulong fields);
        operation = (KvOperation)code;
        count = 0;
        if (!read || database >= KvStore.DatabaseCount || fields > (ulong)Left)
        {
            return false;
        }

        if (places.Length < (int)fields + 1)
        {
            Array.Resize(ref places, Math.Max((int)fields + 1, places.Length * 2));
        }

        places[count++] = default;
        for (ulong i = 0; i < fields; i++)
        {
            if (!TryReadBytes(out ReadOnlySpan<byte> field))
            {
                return false;
            }

            places[count++] = (command.Length - Left - field.Length, field.Length);
        }

        return KvOperations.Takes(operation, count);
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
