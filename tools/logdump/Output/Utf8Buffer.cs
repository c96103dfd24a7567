using System;
using System.Buffers;
using System.Buffers.Binary;
using System.IO;
using System.Runtime.CompilerServices;
using System.Text;

namespace RaftEngine.LogDump.Output;

/// <summary>Collects bytes for a stream, so that no value costs a call to it. Allocates nothing once it is as large as the largest value.</summary>
internal sealed class Utf8Buffer(Stream stream) : IBufferWriter<byte>
{
    private const int FlushBytes = 64 << 10;

    private byte[] _bytes = new byte[2 * FlushBytes];
    private int _length;

    /// <summary>Room for what is to be written; <see cref="Advance"/> says how much it was.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (_bytes.Length - _length < sizeHint)
        {
            Grow(sizeHint);
        }

        return _bytes.AsSpan(_length);
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        GetSpan(sizeHint);
        return _bytes.AsMemory(_length);
    }

    /// <inheritdoc/>
    public void Advance(int count) => _length += count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(byte value)
    {
        GetSpan(1)[0] = value;
        _length++;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        _length += bytes.Length;
    }

    public void Write(string text)
    {
        _length += Encoding.UTF8.GetBytes(text, GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length)));
    }

    public void Write(long value)
    {
        value.TryFormat(GetSpan(20), out int written);
        _length += written;
    }

    public void Write(ulong value)
    {
        value.TryFormat(GetSpan(20), out int written);
        _length += written;
    }

    public void Write(double value)
    {
        value.TryFormat(GetSpan(32), out int written, "0.###");
        _length += written;
    }

    /// <summary>16 digits.</summary>
    public void WriteHex(ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        Convert.TryToHexStringLower(bytes, GetSpan(16), out int written);
        _length += written;
    }

    public void WriteSpaces(int count)
    {
        if (count > 0)
        {
            GetSpan(count)[..count].Fill((byte)' ');
            _length += count;
        }
    }

    /// <summary>A group of values is complete: hands on what has been collected if that is enough.</summary>
    public void EndGroup()
    {
        if (_length >= FlushBytes)
        {
            Flush();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int sizeHint) => Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _length + sizeHint));

    public void Flush()
    {
        if (_length > 0)
        {
            int length = _length;
            _length = 0; // whatever becomes of it: what could not be written once is not written again
            try
            {
                stream.Write(_bytes, 0, length);
                stream.Flush();
            }
            catch (IOException e)
            {
                throw new OutputFailedException(e);
            }
        }
    }
}
