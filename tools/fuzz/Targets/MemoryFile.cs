using System;
using RaftEngine.Storage;

namespace RaftEngine.Fuzz.Targets;

/// <summary>A file of these bytes, to read.</summary>
internal sealed class MemoryFile(byte[] bytes) : IStorageFile
{
    public long Length => bytes.Length;

    public int Read(Span<byte> buffer, long offset)
    {
        int count = (int)Math.Clamp(bytes.Length - offset, 0, buffer.Length);
        bytes.AsSpan((int)Math.Min(offset, bytes.Length), count).CopyTo(buffer);
        return count;
    }

    public void Write(ReadOnlySpan<byte> source, long offset) => throw new NotSupportedException();

    public void Sync() => throw new NotSupportedException();

    public IStorageMapping Map(long length) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
