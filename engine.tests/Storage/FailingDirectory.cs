using System;
using System.Collections.Generic;
using System.IO;
using RaftEngine.Storage;

namespace RaftEngine.Tests.Storage;

/// <summary>A directory that counts what is asked of the disk, and refuses the k-th request.</summary>
internal sealed class FailingDirectory(IStorageDirectory inner) : IStorageDirectory
{
    /// <summary>How many requests there have been.</summary>
    public int Calls { get; private set; }

    /// <summary>The request to refuse; 0 for none.</summary>
    public int FailingCall { get; set; }

    /// <summary>Syncs of files only; refuses the next one if set.</summary>
    public bool FailNextSync { get; set; }

    /// <summary>True while the disk has no room: every write that makes a file longer fails as a full disk does.</summary>
    public bool IsFull { get; set; }

    /// <summary>If set, takes down every write to a file, and every sync as a null.</summary>
    public List<(long Offset, byte[]? Bytes)>? Journal { get; set; }

    public string Path => inner.Path;

    public string[] List() => inner.List();

    public IStorageFile Create(string name)
    {
        Ask("create");
        return new FailingFile(this, inner.Create(name));
    }

    public IStorageFile Open(string name) => new FailingFile(this, inner.Open(name));

    public IStorageFile? OpenForReading(string name) => inner.OpenForReading(name);

    public void Rename(string from, string to)
    {
        Ask("rename");
        inner.Rename(from, to);
    }

    public void Delete(string name)
    {
        Ask("delete");
        inner.Delete(name);
    }

    public void DeleteGently(string name)
    {
        Ask("delete");
        inner.DeleteGently(name);
    }

    public void Sync()
    {
        Ask("directory sync");
        inner.Sync();
    }

    public IDisposable? TryLock(string name) => inner.TryLock(name);

    public void Dispose() => inner.Dispose();

    private void Ask(string operation)
    {
        lock (this)
        {
            if (++Calls == FailingCall || (FailNextSync && operation == "sync"))
            {
                FailNextSync = false;
                throw new StorageFailedException(operation, Path, new IOException($"Request {Calls} is refused."));
            }
        }
    }

    private sealed class FailingFile(FailingDirectory directory, IStorageFile inner) : IStorageFile
    {
        public long Length => inner.Length;

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            directory.Ask("write");
            if (directory.IsFull && offset + bytes.Length > inner.Length)
            {
                throw new StorageFailedException("write", directory.Path, new IOException("No space left on device", 28));
            }

            directory.Journal?.Add((offset, bytes.ToArray()));
            inner.Write(bytes, offset);
        }

        public int Read(Span<byte> buffer, long offset) => inner.Read(buffer, offset);

        public void Sync()
        {
            directory.Ask("sync");
            directory.Journal?.Add((0, null));
            inner.Sync();
        }

        public IStorageMapping Map(long length) => inner.Map(length);

        public void Dispose() => inner.Dispose();
    }
}
