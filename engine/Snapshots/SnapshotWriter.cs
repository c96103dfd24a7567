using System;
using System.IO;
using System.Threading;
using RaftEngine.Storage;

namespace RaftEngine.Snapshots;

/// <summary>
/// Writes a snapshot: the state goes in as a stream, checksummed chunks go to a file under a temporary name, which <see cref="Complete()"/> syncs and gives its own. One thread.
/// What has been written is synced from time to time, so that a large snapshot does not pile up in the page cache and then hold up the log's syncs.
/// </summary>
internal sealed class SnapshotWriter : Stream
{
    private const int SyncEveryBytes = 8 << 20;

    private readonly IStorageDirectory _directory;
    private readonly IStorageFile _file;
    private readonly string _temporaryName;
    private readonly CancellationToken _cancellationToken;
    private readonly byte[] _chunk = new byte[SnapshotFormat.CrcBytes + SnapshotFormat.LargestPieceBytes];
    private int _payloadLength;
    private long _chunks;
    private long _length;
    private long _syncedLength;

    /// <summary>Begins a snapshot.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="header">What it stands for.</param>
    /// <param name="temporaryName">The file's name until it is complete.</param>
    /// <param name="cancellationToken">Ends the writing at the next chunk.</param>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public SnapshotWriter(IStorageDirectory directory, SnapshotHeader header, string temporaryName, CancellationToken cancellationToken)
    {
        _directory = directory;
        Header = header;
        _temporaryName = temporaryName;
        _cancellationToken = cancellationToken;
        _file = directory.Create(temporaryName);
        Put(SnapshotFormat.Write(header));
    }

    /// <summary>What it stands for.</summary>
    public SnapshotHeader Header { get; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int taken = Math.Min(buffer.Length, SnapshotFormat.ChunkPayloadBytes - _payloadLength);
            buffer[..taken].CopyTo(_chunk.AsSpan(SnapshotFormat.CrcBytes + SnapshotFormat.ChunkHeaderBytes + _payloadLength));
            _payloadLength += taken;
            buffer = buffer[taken..];
            if (_payloadLength == SnapshotFormat.ChunkPayloadBytes)
            {
                PutChunk();
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Ends the snapshot. When this returns it is on disk under its own name.</summary>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public void Complete() => Complete(SnapshotFormat.NameOf(Header.Index));

    /// <summary>Ends the snapshot. When this returns it is on disk under a name, and a file that had the name before is gone.</summary>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public void Complete(string name)
    {
        if (_payloadLength > 0)
        {
            PutChunk();
        }

        PutChunk();
        _file.Sync();
        _directory.Rename(_temporaryName, name);
        _directory.Sync();
    }

    public override void Flush()
    {
        // A chunk goes out when it is full.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
        }

        base.Dispose(disposing);
    }

    private void PutChunk()
    {
        _cancellationToken.ThrowIfCancellationRequested();
        int size = SnapshotFormat.Seal(_chunk, _chunks, _payloadLength);
        Put(_chunk.AsSpan(SnapshotFormat.CrcBytes, size));
        _chunks++;
        _payloadLength = 0;
        if (_length - _syncedLength >= SyncEveryBytes)
        {
            _file.Sync();
            _syncedLength = _length;
        }
    }

    private void Put(ReadOnlySpan<byte> piece)
    {
        _file.Write(piece, _length);
        _length += piece.Length;
        piece[^SnapshotFormat.CrcBytes..].CopyTo(_chunk); // what the next piece continues
    }
}
