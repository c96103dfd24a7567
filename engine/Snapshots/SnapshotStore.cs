using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using RaftEngine.Storage;

namespace RaftEngine.Snapshots;

/// <summary>
/// The snapshots in a data directory. The newest counts; it replaces all before it, once it is whole and on disk. Any thread; one at a time writes.
/// </summary>
internal sealed class SnapshotStore(IStorageDirectory directory)
{
    private readonly Lock _gate = new(); // no file is opened while it is decided how to delete it
    private readonly Dictionary<string, int> _open = new(StringComparer.Ordinal); // how often each is open; guarded by _gate

    /// <summary>Where they are.</summary>
    public IStorageDirectory Directory => directory;

    private const string TemporaryExtension = ".new";

    /// <summary>The index of the newest snapshot, by its name; 0 if there is none.</summary>
    public static long NewestIndex(IStorageDirectory directory)
    {
        long newest = 0;
        foreach (string name in directory.List())
        {
            if (SnapshotFormat.TryParseName(name, out long index))
            {
                newest = Math.Max(newest, index);
            }
        }

        return newest;
    }

    /// <summary>Ends the reading of snapshots.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>Opens the newest snapshot to read its state; null if there is none.</summary>
    /// <exception cref="SnapshotCorruptedException">It is not what was written.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public SnapshotReader? OpenNewest() => OpenNewest((file, name) => new SnapshotReader(file, name) { CancellationToken = CancellationToken });

    /// <summary>Opens the newest snapshot to send it; null if there is none.</summary>
    /// <exception cref="SnapshotCorruptedException">It is not what was written.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public OutgoingSnapshot? OpenNewestToSend() => OpenNewest(static (file, name) => new OutgoingSnapshot(file, name));

    /// <summary>Writes a snapshot. When this returns it is on disk, and those before it are gone.</summary>
    /// <param name="header">What it stands for.</param>
    /// <param name="writeState">Writes the state.</param>
    /// <param name="cancellationToken">Ends the writing at the next chunk.</param>
    /// <exception cref="StorageFailedException">The operating system refused; what it did get is deleted again.</exception>
    public void Write(SnapshotHeader header, Action<Stream> writeState, CancellationToken cancellationToken = default)
    {
        string temporaryName = SnapshotFormat.NameOf(header.Index) + TemporaryExtension;
        try
        {
            using SnapshotWriter writer = new(directory, header, temporaryName, cancellationToken);
            writeState(writer);
            writer.Complete();
        }
        catch
        {
            TryDelete(directory, temporaryName);
            throw;
        }

        DeleteOlder();
    }

    /// <summary>Copies a snapshot, and checks it on the way. When this returns the copy is on disk, and a file that had its name before is gone.</summary>
    /// <param name="snapshot">The snapshot, of which nothing has been read yet.</param>
    /// <param name="target">Where the copy goes.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="temporaryName">Its name until it is complete.</param>
    /// <param name="cancellationToken">Ends the copying at the next chunk.</param>
    /// <exception cref="SnapshotCorruptedException">The snapshot is not what was written. There is no copy.</exception>
    /// <exception cref="StorageFailedException">The operating system refused; what it did get is deleted again.</exception>
    public static void Copy(SnapshotReader snapshot, IStorageDirectory target, string name, string temporaryName, CancellationToken cancellationToken = default)
    {
        try
        {
            using SnapshotWriter writer = new(target, snapshot.Header, temporaryName, cancellationToken);
            snapshot.CopyTo(writer);
            writer.Complete(name);
        }
        catch
        {
            TryDelete(target, temporaryName);
            throw;
        }
    }

    /// <summary>Deletes the snapshots before the newest one; those that are open, being sent or restored, can still be read.</summary>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public void DeleteOlder()
    {
        lock (_gate)
        {
            long newest = NewestIndex(directory);
            foreach (string name in directory.List())
            {
                if (SnapshotFormat.TryParseName(name, out long older) && older < newest)
                {
                    Delete(name);
                }
            }
        }
    }

    /// <summary>Deletes what an earlier run of the process left unfinished; what another node had begun to send stays, to go on with.</summary>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public void DeleteLeftOvers()
    {
        foreach (string name in directory.List())
        {
            if (name.EndsWith(SnapshotFormat.Extension + TemporaryExtension, StringComparison.Ordinal))
            {
                directory.Delete(name);
            }
        }

        DeleteOlder();
    }

    private void Delete(string name)
    {
        if (_open.ContainsKey(name))
        {
            directory.Delete(name);
        }
        else
        {
            directory.DeleteGently(name);
        }
    }

    private static void TryDelete(IStorageDirectory directory, string name)
    {
        try
        {
            if (Array.IndexOf(directory.List(), name) >= 0)
            {
                directory.Delete(name);
            }
        }
        catch (StorageFailedException)
        {
            // What failed first is what counts; the next start deletes it.
        }
    }

    private T? OpenNewest<T>(Func<IStorageFile, string, T> open)
        where T : class
    {
        string name;
        IStorageFile file;
        lock (_gate)
        {
            long index = NewestIndex(directory);
            if (index == 0)
            {
                return null;
            }

            name = SnapshotFormat.NameOf(index);
            file = directory.OpenForReading(name) ?? throw new SnapshotCorruptedException(name, 0, "files of this name", 1, 0);
            file = new OpenSnapshotFile(file, () => Closed(name));
            _open[name] = _open.GetValueOrDefault(name) + 1;
        }

        try
        {
            return open(file, name);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void Closed(string name)
    {
        lock (_gate)
        {
            if (--_open[name] == 0)
            {
                _open.Remove(name);
            }
        }
    }
}
