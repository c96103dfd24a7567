using System;
using System.IO;
using System.Threading;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine.Recovery;

/// <summary>Makes a data directory of a backup: the node's snapshot is the backup's state, and its log begins behind it.</summary>
internal static class RestoredDirectory
{
    /// <summary>
    /// Makes it. The first thing on disk says that a restore is under way, the last takes that back: a directory that a crash or an error has left half made is refused by every
    /// start, instead of becoming a new node without any state.
    /// </summary>
    /// <param name="directory">An empty directory, which is disposed.</param>
    /// <param name="logOptions">How its log is made.</param>
    /// <param name="backup">The backup, verified, of which nothing has been read yet.</param>
    /// <param name="members">The members of the cluster.</param>
    /// <param name="snapshotId">A random number for the snapshot.</param>
    /// <param name="cancellationToken">Ends the copying.</param>
    /// <exception cref="DataDirectoryException">The directory is not empty.</exception>
    /// <exception cref="SnapshotCorruptedException">The backup is not what was verified.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static void Make(
        IStorageDirectory directory, LogOptions logOptions, SnapshotReader backup, Configuration members, Guid snapshotId, CancellationToken cancellationToken)
    {
        try
        {
            if (directory.List().Length != 0)
            {
                throw new DataDirectoryException(directory.Path, "it is not empty. A backup is restored into a new directory.");
            }

            using IStorageFile marker = directory.Create(DataDirectory.RestoringName);
            marker.Sync();
            directory.Sync();
        }
        catch
        {
            directory.Dispose();
            throw;
        }

        // It has not begun the cluster whose state it gets: it votes because its snapshot names it.
        DataDirectory data = DataDirectory.Open(directory, logOptions with { FirstVoters = null }, isRestoring: true);
        try
        {
            Fill(data, logOptions, backup, members, snapshotId, cancellationToken);
            directory.Delete(DataDirectory.RestoringName);
            directory.Sync();
        }
        catch
        {
            data.Abandon();
            throw;
        }

        data.Dispose();
    }

    private static void Fill(DataDirectory data, LogOptions logOptions, SnapshotReader backup, Configuration members, Guid snapshotId, CancellationToken cancellationToken)
    {
        SnapshotHeader header = backup.Header with
        {
            SnapshotId = snapshotId,
            ClusterId = logOptions.ClusterId,
            Configuration = ImposedMembers.BytesOf(members, logOptions.NodeId, data.Incarnation),
        };
        new SnapshotStore(data.Log.Directory).Write(header, backup.CopyTo, cancellationToken);
        data.HardState.Save(new HardState(header.Term, Vote: 0));
        data.Log.Reset(header.Index, header.Term, header.Chain);
    }
}
