using System;
using System.IO;
using System.Threading;
using RaftEngine.Storage;

namespace RaftEngine.Snapshots;

/// <summary>Reads a snapshot's state back as a stream. No byte is handed out before the chunk that it is in has been checked. One thread.</summary>
internal sealed class SnapshotReader : Stream
{
    private readonly IStorageFile _file;
    private readonly string _name;
    private readonly byte[] _chunk = new byte[SnapshotFormat.CrcBytes + SnapshotFormat.LargestPieceBytes];
    private long _offset;
    private long _chunks;
    private int _position;
    private int _payloadLength;
    private bool _isAtEnd;

    /// <summary>Opens a snapshot and checks its header.</summary>
    /// <param name="file">The file, which it disposes.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="SnapshotCorruptedException">It is not what was written.</exception>
    public SnapshotReader(IStorageFile file, string name)
    {
        _file = file;
        _name = name;
        int read = file.Read(_chunk, 0);
        Header = SnapshotFormat.Read(_chunk.AsSpan(0, read), name, out int size);
        _chunk.AsSpan(size - SnapshotFormat.CrcBytes, SnapshotFormat.CrcBytes).CopyTo(_chunk);
        _offset = size;
    }

    /// <summary>True if the last read threw: what its reader throws then is not of its own making.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Given up, a read throws <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>What it stands for.</summary>
    public SnapshotHeader Header { get; }

    /// <summary>The file's length.</summary>
    public long LengthInBytes => _file.Length;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        ThrowIfCancelled();
        if (buffer.IsEmpty || (_position == _payloadLength && !NextChunk()))
        {
            return 0;
        }

        int taken = Math.Min(buffer.Length, _payloadLength - _position);
        _chunk.AsSpan(SnapshotFormat.CrcBytes + SnapshotFormat.ChunkHeaderBytes + _position, taken).CopyTo(buffer);
        _position += taken;
        return taken;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Checks whatever has not been read, to the end of the file.</summary>
    /// <exception cref="SnapshotCorruptedException">It is not what was written.</exception>
    public void ReadToEnd()
    {
        while (NextChunk())
        {
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
        }

        base.Dispose(disposing);
    }

    private void ThrowIfCancelled()
    {
        IsBroken |= CancellationToken.IsCancellationRequested;
        CancellationToken.ThrowIfCancellationRequested();
    }

    private bool NextChunk()
    {
        if (_isAtEnd)
        {
            return false;
        }

        ThrowIfCancelled();
        IsBroken = true;
        if (_chunks > 0)
        {
            int before = SnapshotFormat.ChunkBytesWith(_payloadLength);
            _chunk.AsSpan(before, SnapshotFormat.CrcBytes).CopyTo(_chunk);
        }

        int read = _file.Read(_chunk.AsSpan(SnapshotFormat.CrcBytes), _offset);
        _payloadLength = SnapshotFormat.Check(_chunk.AsSpan(0, SnapshotFormat.CrcBytes + read), _chunks, _name, _offset);
        _offset += SnapshotFormat.ChunkBytesWith(_payloadLength);
        _chunks++;
        _position = 0;
        _isAtEnd = _payloadLength == 0;
        if (_isAtEnd && _file.Length != _offset)
        {
            throw new SnapshotCorruptedException(_name, _offset, "file size", (ulong)_offset, (ulong)_file.Length);
        }

        IsBroken = false;
        return !_isAtEnd;
    }
}
