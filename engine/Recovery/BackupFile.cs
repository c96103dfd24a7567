using System;
using System.IO;
using System.Threading;
using RaftEngine.Pipeline;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine.Recovery;

/// <summary>A backup: a snapshot's file, outside of any data directory.</summary>
internal static class BackupFile
{
    private const int BufferBytes = 64 << 10;

    /// <summary>Copies a node's newest snapshot. When this returns the copy is on disk.</summary>
    /// <param name="snapshots">The node's snapshots, of which there is one.</param>
    /// <param name="path">The backup's path; a file that is there is replaced once the new one is whole.</param>
    /// <param name="cancellationToken">Ends the copying.</param>
    /// <exception cref="SnapshotCorruptedException">The snapshot is not what was written.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static RaftBackup Write(SnapshotStore snapshots, string path, CancellationToken cancellationToken)
    {
        FileSystemFile.RequireRegular("create", path, FileIdentity.Of(path)); // what else has the name is not replaced: better said before the copying than after
        using FileSystemDirectory target = FileSystemDirectory.OpenExisting(Path.GetDirectoryName(path)!);
        using SnapshotReader snapshot = snapshots.OpenNewest() ?? throw new InvalidOperationException("There is no snapshot to back up.");
        string name = Path.GetFileName(path);
        SnapshotStore.Copy(snapshot, target, name, $"{name}.{Guid.NewGuid():N}.new", cancellationToken);
        return Describe(snapshot);
    }

    /// <summary>Opens a backup; its header is checked.</summary>
    /// <exception cref="SnapshotCorruptedException">It is no backup, or not what was written.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static SnapshotReader Open(string path)
    {
        string full = Path.GetFullPath(path);
        using FileSystemDirectory directory = FileSystemDirectory.OpenExisting(Path.GetDirectoryName(full)!);
        string name = Path.GetFileName(full);
        IStorageFile file = directory.OpenForReading(name) ?? throw new StorageFailedException("open", full, new FileNotFoundException($"There is no file '{full}'.", full));
        try
        {
            return new SnapshotReader(file, name);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads all of a backup.</summary>
    /// <exception cref="SnapshotCorruptedException">It is no backup, or not what was written.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static RaftBackup Verify(string path, CancellationToken cancellationToken)
    {
        using SnapshotReader backup = Open(path);
        byte[] buffer = new byte[BufferBytes];
        while (backup.Read(buffer) != 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        return Describe(backup);
    }

    private static RaftBackup Describe(SnapshotReader snapshot)
    {
        SnapshotHeader header = snapshot.Header;
        return new RaftBackup(
            header.ClusterId, header.GroupId, header.Index, header.Term, header.Chain, StateRecovery.ConfigurationOf(header), snapshot.LengthInBytes);
    }
}
