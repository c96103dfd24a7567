using System;
using System.IO;
using System.Threading;
using RaftEngine.Storage;

namespace RaftEngine.Tests.Support;

/// <summary>A directory of real files in which a test makes the log's disk fail or stall while a node runs on it. The hard state is left alone unless asked for.</summary>
internal sealed class HookedDirectory(IStorageDirectory inner) : IStorageDirectory
{
    // Set by the test, read by whatever thread writes or syncs.
    private volatile string? _failing;
    private volatile ManualResetEventSlim? _stall;
    private volatile bool _failsHardState;
    private int _stalled;

    public string Path => inner.Path;

    /// <summary>How many syncs of the log wait at the stall now.</summary>
    public int Stalled => Volatile.Read(ref _stalled);

    public static HookedDirectory On(string path) => new(FileSystemDirectory.OpenOrCreate(path));

    /// <summary>From now on the log's disk refuses every "write", or every "sync".</summary>
    public void FailLog(string operation) => _failing = operation;

    /// <summary>From now on the hard state cannot be saved.</summary>
    public void FailHardState() => _failsHardState = true;

    /// <summary>From now on syncs of the log do not return.</summary>
    public void Stall() => _stall = new ManualResetEventSlim();

    /// <summary>Ends the stall.</summary>
    public void Release()
    {
        ManualResetEventSlim? stall = _stall;
        _stall = null;
        stall?.Set();
    }

    public string[] List() => inner.List();

    public IStorageFile Create(string name) => new HookedFile(this, inner.Create(name), name);

    public IStorageFile Open(string name) => new HookedFile(this, inner.Open(name), name);

    public IStorageFile? OpenForReading(string name) => inner.OpenForReading(name);

    public void Rename(string from, string to) => inner.Rename(from, to);

    public void Delete(string name) => inner.Delete(name);

    public void DeleteGently(string name) => inner.DeleteGently(name);

    public void Sync() => inner.Sync();

    public IDisposable? TryLock(string name) => inner.TryLock(name);

    public void Dispose() => inner.Dispose();

    private void Before(string operation, bool isHardState)
    {
        if (isHardState ? _failsHardState : _failing == operation)
        {
            throw new StorageFailedException(operation, Path, new IOException("The disk refuses."));
        }

        if (!isHardState && operation == "sync" && _stall is { } stall)
        {
            Interlocked.Increment(ref _stalled);
            stall.Wait();
            Interlocked.Decrement(ref _stalled);
        }
    }

    private sealed class HookedFile(HookedDirectory directory, IStorageFile inner, string name) : IStorageFile
    {
        private readonly bool _isHardState = name.StartsWith("hard-state", StringComparison.Ordinal);

        public long Length => inner.Length;

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            directory.Before("write", _isHardState);
            inner.Write(bytes, offset);
        }

        public int Read(Span<byte> buffer, long offset) => inner.Read(buffer, offset);

        public void Sync()
        {
            directory.Before("sync", _isHardState);
            inner.Sync();
        }

        public IStorageMapping Map(long length) => inner.Map(length);

        public void Dispose() => inner.Dispose();
    }
}
