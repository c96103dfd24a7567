using System;
using RaftEngine.Storage;

namespace RaftEngine.Tests.Storage;

/// <summary>A directory that calls somebody after everything that changes it or makes it durable.</summary>
internal sealed class WatchedDirectory(IStorageDirectory inner, Action changed) : IStorageDirectory
{
    public string Path => inner.Path;

    public string[] List() => inner.List();

    public IStorageFile Create(string name) => new WatchedFile(inner.Create(name), changed);

    public IStorageFile Open(string name) => new WatchedFile(inner.Open(name), changed);

    public IStorageFile? OpenForReading(string name) => inner.OpenForReading(name);

    public void Rename(string from, string to)
    {
        inner.Rename(from, to);
        changed();
    }

    public void Delete(string name)
    {
        inner.Delete(name);
        changed();
    }

    public void DeleteGently(string name)
    {
        inner.DeleteGently(name);
        changed();
    }

    public void Sync()
    {
        inner.Sync();
        changed();
    }

    public IDisposable? TryLock(string name) => inner.TryLock(name);

    public void Dispose() => inner.Dispose();

    private sealed class WatchedFile(IStorageFile inner, Action changed) : IStorageFile
    {
        public long Length => inner.Length;

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            inner.Write(bytes, offset);
            changed();
        }

        public int Read(Span<byte> buffer, long offset) => inner.Read(buffer, offset);

        public void Sync()
        {
            inner.Sync();
            changed();
        }

        public IStorageMapping Map(long length) => inner.Map(length);

        public void Dispose() => inner.Dispose();
    }
}
