using System;
using System.Runtime.InteropServices;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// A file's bytes in memory of our own, read piece by piece as they are asked for: for files that others may cut
/// short. The pages of a mapping go
/// with the file, and touching one that is gone ends the process with a signal; a read says so. One thread.
/// </summary>
internal sealed unsafe class SegmentCopy : IStorageMapping
{
    /// <summary>The distance in bytes at which a sequential reader should call <see cref="MoveTo"/>; a multiple of
    /// every page size there is.</summary>
    public const int StepBytes = 4 << 20;

    private const int PieceBytes = 256 << 10;

    private readonly IStorageFile _file;
    private readonly string _name;
    private readonly bool[] _isLoaded; // by piece
    private byte* _bytes; // pages that are never touched are never backed by memory
    private int _released;

    /// <summary>A copy of which nothing has been read yet.</summary>
    /// <param name="file">The file, which is disposed with the copy.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="length">The length that it has, or should have.</param>
    public SegmentCopy(IStorageFile file, string name, long length)
    {
        _file = file;
        _name = name;
        Length = (int)length;
        _isLoaded = new bool[(Length + PieceBytes - 1) / PieceBytes];
        _bytes = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, Length), PieceBytes);
    }

    /// <summary>The file's length, in bytes.</summary>
    public int Length { get; }

    /// <summary>All of it, of which only what has been loaded counts.</summary>
    public ReadOnlySpan<byte> Bytes => new(_bytes, Length);

    /// <inheritdoc/>
    public nint Address => (nint)_bytes;

    /// <summary>Where the reader should call <see cref="MoveTo"/> next, if it gets so far.</summary>
    public int NextMove { get; private set; }

    /// <summary>Has a part in memory.</summary>
    /// <returns>Where what is in memory without a gap ends: behind the part.</returns>
    /// <exception cref="LogCorruptedException">The file is shorter than it should be.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public int Load(int from, int to)
    {
        int piece = from / PieceBytes;
        for (; (long)piece * PieceBytes < Math.Min(to, Length); piece++)
        {
            if (!_isLoaded[piece])
            {
                int start = piece * PieceBytes;
                Read(start, new Span<byte>(_bytes + start, Math.Min(PieceBytes, Length - start)));
                _isLoaded[piece] = true;
            }
        }

        return (int)Math.Min(Length, (long)piece * PieceBytes);
    }

    /// <inheritdoc/>
    public void Populate() => Load(0, Length);

    /// <summary>Reads what stands in the file now, whatever has been loaded.</summary>
    /// <exception cref="LogCorruptedException">The file is shorter than it should be.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public void Read(int offset, Span<byte> buffer)
    {
        int read = _file.Read(buffer, offset);
        if (read < buffer.Length)
        {
            throw new LogCorruptedException(_name, offset + read, 0, "segment size", (ulong)Length, (ulong)(offset + read));
        }
    }

    /// <summary>What stands from an offset on is to be read anew.</summary>
    public void Forget(int from) => _isLoaded.AsSpan(Math.Min(_isLoaded.Length, from / PieceBytes)).Clear();

    /// <summary>The reader has come to an offset, and needs nothing before it for now.</summary>
    public void MoveTo(int offset)
    {
        int step = offset / StepBytes * StepBytes;
        NextMove = (int)Math.Min(int.MaxValue, (long)offset + StepBytes);
        if (step > _released)
        {
            Release(_released, step);
            _released = step;
        }
    }

    /// <summary>Gives the memory of a part back: whole pieces, from the beginning of a step on.</summary>
    public void Release(int from, int to)
    {
        to = to / PieceBytes * PieceBytes; // the page in which all of it ends may be somebody else's too
        if (OperatingSystem.IsLinux() && from < to)
        {
            _isLoaded.AsSpan(from / PieceBytes, (to - from) / PieceBytes).Clear();
            UnixCalls.Release(Address + from, to - from);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        NativeMemory.AlignedFree(_bytes);
        _bytes = null;
    }
}
