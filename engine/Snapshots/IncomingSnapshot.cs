using System;
using RaftEngine.Storage;

namespace RaftEngine.Snapshots;

/// <summary>
/// A snapshot that another node sends, piece by piece, each checked before it is written. What has arrived outlives a lost connection and a restart: the next piece wanted is
/// always known, and its sender goes on from there. One thread.
/// </summary>
internal sealed class IncomingSnapshot : IDisposable
{
    public const string Name = "incoming" + SnapshotFormat.Extension + ".part";

    // What has arrived is synced little by little: all of it at the end would hold up every sync of the disk for as long as that takes.
    private const int SyncEveryBytes = 1 << 20;

    /// <summary>That, and the largest message.</summary>
    private const int MostUnsyncedBytes = SyncEveryBytes + (16 << 20);

    private readonly IStorageDirectory _directory;
    private readonly IStorageFile _file;
    private readonly long _maxBytes;
    private readonly byte[] _chunk = new byte[SnapshotFormat.CrcBytes + SnapshotFormat.LargestPieceBytes];
    private long _chunks;
    private long _syncedOffset;

    private IncomingSnapshot(IStorageDirectory directory, IStorageFile file, SnapshotHeader header, ReadOnlySpan<byte> headerPiece, long maxBytes)
    {
        _directory = directory;
        _file = file;
        _maxBytes = maxBytes;
        Header = header;
        NextOffset = headerPiece.Length;
        headerPiece[^SnapshotFormat.CrcBytes..].CopyTo(_chunk);
    }

    /// <summary>What it will stand for.</summary>
    public SnapshotHeader Header { get; }

    /// <summary>Where the next piece goes: everything before has arrived and is whole.</summary>
    public long NextOffset { get; private set; }

    /// <summary>True if nothing is missing.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Begins a new one; an unfinished one is given up.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="start">The file's first pieces, or only the first.</param>
    /// <param name="maxBytes">The largest snapshot that is taken.</param>
    /// <exception cref="SnapshotCorruptedException">The header is not whole.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static IncomingSnapshot Begin(IStorageDirectory directory, ReadOnlySpan<byte> start, long maxBytes)
    {
        SnapshotHeader header = SnapshotFormat.Read(start, Name, out int size);
        IStorageFile file = directory.Create(Name);
        try
        {
            file.Write(start[..size], 0);
            return new IncomingSnapshot(directory, file, header, start[..size], maxBytes);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Goes on with one that an earlier run of the process has begun; null if there is none, or nothing of it is whole.</summary>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static IncomingSnapshot? TryResume(IStorageDirectory directory, long maxBytes)
    {
        if (Array.IndexOf(directory.List(), Name) < 0)
        {
            return null;
        }

        IStorageFile file = directory.Open(Name);
        byte[] start = new byte[SnapshotFormat.LargestPieceBytes];
        try
        {
            int read = file.Read(start, 0);
            SnapshotHeader header = SnapshotFormat.Read(start.AsSpan(0, read), Name, out int size);
            IncomingSnapshot resumed = new(directory, file, header, start.AsSpan(0, size), maxBytes);
            resumed.SkipWhatIsWhole();
            StorageRepair.Rewrite(file, Math.Max(0, resumed.NextOffset - MostUnsyncedBytes), resumed.NextOffset); // whose sync may have failed
            return resumed;
        }
        catch (SnapshotCorruptedException)
        {
            file.Dispose();
            return null;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Takes whole pieces. Pieces that are not whole, or do not continue what is there, are not taken, nor those after them.</summary>
    /// <param name="offset">Where they stand in the file.</param>
    /// <param name="pieces">The pieces.</param>
    /// <returns>False if not all of them were taken: the sender should look at <see cref="NextOffset"/>.</returns>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public bool TryAdd(long offset, ReadOnlySpan<byte> pieces)
    {
        if (offset != NextOffset || NextOffset + pieces.Length > _maxBytes)
        {
            return false;
        }

        while (!pieces.IsEmpty && !IsComplete)
        {
            int length = Math.Min(pieces.Length, SnapshotFormat.LargestPieceBytes);
            pieces[..length].CopyTo(_chunk.AsSpan(SnapshotFormat.CrcBytes));
            if (!TryStep(length, out int size))
            {
                return false;
            }

            _file.Write(pieces[..size], NextOffset - size);
            pieces = pieces[size..];
        }

        if (NextOffset - _syncedOffset >= SyncEveryBytes)
        {
            _file.Sync();
            _syncedOffset = NextOffset;
        }

        return pieces.IsEmpty;
    }

    /// <summary>Puts a complete one in place. When this returns it is on disk under its own name.</summary>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public void Complete()
    {
        if (!IsComplete)
        {
            throw new InvalidOperationException($"The snapshot has arrived up to offset {NextOffset} only.");
        }

        _file.Sync();
        _directory.Rename(Name, SnapshotFormat.NameOf(Header.Index));
        _directory.Sync();
    }

    public void Dispose() => _file.Dispose();

    private void SkipWhatIsWhole()
    {
        while (!IsComplete)
        {
            int read = _file.Read(_chunk.AsSpan(SnapshotFormat.CrcBytes), NextOffset);
            if (!TryStep(read, out _))
            {
                return;
            }
        }
    }

    // A chunk stands behind the CRC of the piece before it; if it is whole, its own CRC takes that place.
    private bool TryStep(int length, out int size)
    {
        size = 0;
        try
        {
            int payload = SnapshotFormat.Check(_chunk.AsSpan(0, SnapshotFormat.CrcBytes + length), _chunks, Name, NextOffset);
            size = SnapshotFormat.ChunkBytesWith(payload);
            _chunk.AsSpan(size, SnapshotFormat.CrcBytes).CopyTo(_chunk);
            _chunks++;
            NextOffset += size;
            IsComplete = payload == 0;
            return true;
        }
        catch (SnapshotCorruptedException)
        {
            return false;
        }
    }
}
