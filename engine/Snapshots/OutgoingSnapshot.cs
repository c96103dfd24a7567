using System;
using System.Buffers.Binary;
using RaftEngine.Storage;

namespace RaftEngine.Snapshots;

/// <summary>A snapshot on its way to another node, in whole pieces, from wherever that node wants to go on. One thread. The file may be deleted meanwhile.</summary>
internal sealed class OutgoingSnapshot : IDisposable
{
    private readonly IStorageFile _file;
    private readonly int _headerBytes;

    /// <summary>Opens a snapshot to send.</summary>
    /// <param name="file">The file, which it disposes.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="SnapshotCorruptedException">Its header is not what was written.</exception>
    public OutgoingSnapshot(IStorageFile file, string name)
    {
        _file = file;
        byte[] start = new byte[SnapshotFormat.LargestPieceBytes];
        int read = file.Read(start, 0);
        Header = SnapshotFormat.Read(start.AsSpan(0, read), name, out _headerBytes);
        LengthInBytes = file.Length;
    }

    /// <summary>What it stands for.</summary>
    public SnapshotHeader Header { get; }

    /// <summary>The file's length.</summary>
    public long LengthInBytes { get; }

    /// <summary>Reads whole pieces. They are not checked here: the receiver does that.</summary>
    /// <param name="offset">Where a piece starts.</param>
    /// <param name="buffer">Room for at least <see cref="SnapshotFormat.LargestPieceBytes"/>.</param>
    /// <returns>How many bytes of whole pieces were read; 0 at the end, or if no piece starts there.</returns>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public int Read(long offset, Span<byte> buffer)
    {
        if (offset == 0)
        {
            return _file.Read(buffer[.._headerBytes], 0);
        }

        int read = offset < _headerBytes || offset >= LengthInBytes ? 0 : _file.Read(buffer, offset);
        int whole = 0;
        while (read - whole >= SnapshotFormat.ChunkBytesWith(0))
        {
            uint payload = BinaryPrimitives.ReadUInt32LittleEndian(buffer[whole..]);
            int size = payload <= SnapshotFormat.ChunkPayloadBytes ? SnapshotFormat.ChunkBytesWith((int)payload) : int.MaxValue;
            if (size > read - whole)
            {
                break;
            }

            whole += size;
        }

        return whole;
    }

    public void Dispose() => _file.Dispose();
}
