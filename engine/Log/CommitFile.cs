using System;
using System.Buffers.Binary;
using System.IO.Hashing;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// How far the log is known to be committed, written now and then and never synced: a start knows at once what it may apply, and that nothing of it may
/// be truncated. What the file says is true if the log has that chain value there; it may be missing or old. The loop's own. Little-endian:
/// <code>
///   offset size
///        0    8  magic "RAFTCMIT"
///        8    4  format version, 1
///       12    4  0
///       16    8  index
///       24    8  chain value of the log there
///       32    8  CRC-64 of the 32 bytes before
/// </code>
/// </summary>
internal sealed class CommitFile(IStorageDirectory directory) : IDisposable
{
    public const string Name = "committed";

    private const int SizeInBytes = 40;
    private const ulong Magic = 0x5449_4D43_5446_4152; // "RAFTCMIT", read as a little-endian number

    private IStorageFile? _file;
    private bool _hasNoRoom;

    /// <summary>Reads how far a log was known to be committed.</summary>
    /// <param name="directory">Where it lies.</param>
    /// <param name="log">The log.</param>
    /// <returns>An index of the log; 0 if nothing is known.</returns>
    public static long Read(IStorageDirectory directory, SegmentedLog log)
    {
        Span<byte> bytes = stackalloc byte[SizeInBytes];
        using IStorageFile? file = directory.OpenForReading(Name);
        bool isValid = file is not null && file.Read(bytes, 0) == SizeInBytes
            && BinaryPrimitives.ReadUInt64LittleEndian(bytes) == Magic
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) == 1
            && BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]) == Crc64.HashToUInt64(bytes[..32]);
        long index = isValid ? BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]) : -1;
        bool isInLog = index >= log.FirstIndex - 1 && index <= log.LastIndex;
        return isInLog && log.ChainAt(index) == BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]) ? index : 0;
    }

    /// <summary>Writes how far the log is known to be committed. A disk without room for the file has none; the node goes on.</summary>
    /// <param name="index">The index.</param>
    /// <param name="chain">The chain value there.</param>
    /// <exception cref="StorageFailedException">The operating system refused, for another reason than a full disk.</exception>
    public void Write(long index, ulong chain)
    {
        if (_hasNoRoom)
        {
            return;
        }

        Span<byte> bytes = stackalloc byte[SizeInBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], 1);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], index);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], chain);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[32..], Crc64.HashToUInt64(bytes[..32]));
        try
        {
            _file ??= directory.Create(Name);
            _file.Write(bytes, 0);
        }
        catch (StorageFailedException e) when (e.IsOutOfSpace)
        {
            _hasNoRoom = true;
        }
    }

    public void Dispose() => _file?.Dispose();
}
