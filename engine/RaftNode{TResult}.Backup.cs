using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Pipeline;
using RaftEngine.Recovery;
using RaftEngine.Snapshots;

namespace RaftEngine;

/// <summary>Backups.</summary>
public sealed partial class RaftNode<TResult>
{
    /// <summary>
    /// Writes what this node has applied by now, or soon after, to a file, while everything else goes on: a snapshot,
    /// taken now, and checked as it is copied. Any node can do it; on a follower it does not slow the cluster down.
    /// What a follower has applied may be behind what was acknowledged; after a <see
    /// cref="ReadBarrierAsync(ReadConsistency, CancellationToken)"/> the backup includes all that was acknowledged
    /// before.
    /// </summary>
    /// <param name="path">The file, outside of the data directory, in a directory that exists. A file that is there is replaced once the new one is whole and on disk.</param>
    /// <param name="cancellationToken">Gives up; there is no file then, or the one that was there before.</param>
    /// <returns>What the backup holds; it is on disk.</returns>
    /// <exception cref="NotSupportedException">The state machine takes no snapshots: it is no <see cref="ISnapshotStateMachine{TResult}"/>.</exception>
    /// <exception cref="ArgumentException">The path is none, or lies in the data directory.</exception>
    /// <exception cref="RequestRefusedException">Nothing has been applied yet; or a snapshot of a leader waits to be installed first, and has not been for a few election timeouts.
    /// </exception>
    /// <exception cref="RaftOverloadedException">A bounded queue is full.</exception>
    /// <exception cref="SnapshotCorruptedException">The snapshot is not what was written: the disk has damaged it. There is no backup.</exception>
    /// <exception cref="Storage.StorageFailedException">The operating system refused, for want of room perhaps. The node goes on.</exception>
    /// <exception cref="RaftStoppedException">The node has stopped.</exception>
    public async Task<RaftBackup> BackupAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (_snapshotStage is null)
        {
            throw new NotSupportedException("The state machine takes no snapshots, so it cannot be backed up; ISnapshotStateMachine<TResult> makes it one that does.");
        }

        string full = Path.GetFullPath(path);
        if (Path.GetDirectoryName(full) is not { } directory || Path.GetFileName(full).Length == 0 || IsDataDirectory(directory))
        {
            throw new ArgumentException($"The backup's path is '{full}'; it must be that of a file outside of the data directory '{_options.DataDirectory}'.", nameof(path));
        }

        await Ask(RingTag.Snapshot, default, cancellationToken).ConfigureAwait(false);
        return await Task.Run(() => BackupFile.Write(_snapshots!, full, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    private bool IsDataDirectory(string directory) =>
        Path.TrimEndingDirectorySeparator(directory) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(_options.DataDirectory));
}
