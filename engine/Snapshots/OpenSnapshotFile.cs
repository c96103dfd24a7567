using System;
using System.Threading;
using RaftEngine.Storage;

namespace RaftEngine.Snapshots;

/// <summary>A snapshot's file that tells when it is closed: until then its bytes must stay, even if its name goes.</summary>
/// <param name="inner">The file.</param>
/// <param name="closed">Is told, once.</param>
internal sealed class OpenSnapshotFile(IStorageFile inner, Action closed) : IStorageFile
{
    private int _isClosed;

    public long Length => inner.Length;

    public void Write(ReadOnlySpan<byte> bytes, long offset) => inner.Write(bytes, offset);

    public int Read(Span<byte> buffer, long offset) => inner.Read(buffer, offset);

    public void Sync() => inner.Sync();

    public IStorageMapping Map(long length) => inner.Map(length);

    public void Dispose()
    {
        inner.Dispose();
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            closed();
        }
    }
}
