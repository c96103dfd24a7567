using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace RaftEngine.Transport;

/// <summary>
/// What a connection has received and not yet handed on. It starts small, grows only to a frame whose header has been checked, and gives an unusually large
/// buffer back once the frame that needed it is through. One thread at a time.
/// </summary>
internal sealed class ReceiveBuffer
{
    /// <summary>The size at the start, in bytes.</summary>
    public const int InitialBytes = 64 << 10;

    /// <summary>The size up to which a buffer that has grown stays, in bytes: above the usual frames, so that they do not allocate.</summary>
    public const int RetainedBytes = 2 << 20;

    /// <summary>A rest as short as this is moved to the front at once, so that the next read has the whole buffer before it.</summary>
    private const int CheapMoveBytes = 4 << 10;

    private byte[] _bytes = Allocate(InitialBytes);
    private int _start;
    private int _end;

    /// <summary>The size now, in bytes.</summary>
    public int Capacity => _bytes.Length;

    /// <summary>How many bytes are there.</summary>
    public int Length => _end - _start;

    /// <summary>The bytes that are there.</summary>
    public ReadOnlySpan<byte> Data => _bytes.AsSpan(_start, Length);

    /// <summary>Where the next bytes go; never empty after <see cref="MakeRoom"/> for more than there is.</summary>
    public Span<byte> Free => _bytes.AsSpan(_end);

    /// <summary>Tells that bytes were put into <see cref="Free"/>.</summary>
    public void Add(int count) => _end += count;

    /// <summary>Drops bytes from the front.</summary>
    public void Consume(int count)
    {
        _start += count;
        if (_start == _end)
        {
            _start = 0;
            _end = 0;
            _bytes = _bytes.Length > RetainedBytes ? Allocate(InitialBytes) : _bytes; // an oversized frame is through
        }
    }

    /// <summary>Makes the buffer able to hold this many bytes from the front of <see cref="Data"/> on; more than <see cref="Length"/>.</summary>
    public void MakeRoom(int bytes)
    {
        bool oversized = _bytes.Length > RetainedBytes && bytes <= RetainedBytes && Length <= RetainedBytes;
        if (oversized || bytes > _bytes.Length)
        {
            Resize(Math.Max(bytes, Math.Max(Length + 1, InitialBytes)));
        }
        else if (_start > 0 && (Length <= CheapMoveBytes || _start + bytes > _bytes.Length))
        {
            Data.CopyTo(_bytes);
            _end -= _start;
            _start = 0;
        }
    }

    private static byte[] Allocate(int bytes) => GC.AllocateUninitializedArray<byte>(bytes, pinned: true);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Resize(int bytes)
    {
        byte[] resized = Allocate((int)BitOperations.RoundUpToPowerOf2((uint)bytes));
        Data.CopyTo(resized);
        _end -= _start;
        _start = 0;
        _bytes = resized;
    }
}
