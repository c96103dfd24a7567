using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using RaftEngine.Diagnostics;
using RaftEngine.Host;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Recovery;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine;

/// <summary>
/// What is done to the data directory of a node that is not running, after a disaster. What comes of it is a cluster of one voter, which leads as soon as it is started; the others
/// are added to it as any node is, with empty directories, and are sent its state.
/// </summary>
public static class RaftRecovery
{
    /// <summary>Reads all of a backup.</summary>
    /// <param name="backupPath">The file.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What it holds.</returns>
    /// <exception cref="SnapshotCorruptedException">It is no backup, or not what was written.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static Task<RaftBackup> VerifyBackupAsync(string backupPath, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(backupPath);
        return Task.Run(() => BackupFile.Verify(backupPath, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Makes a new data directory of a backup: the first node of a new cluster, its only voter. The backup is verified before anything is made. If it fails after that, or the
    /// machine does, what is in the directory is refused by every start, and is to be deleted.
    /// </summary>
    /// <remarks>
    /// Restore one node only, and give it a cluster id that was never used before: two that are restored under one id
    /// are two clusters that take each other for one. On every node of the new cluster, <see
    /// cref="RaftOptions.Voters"/> is this node alone.
    /// </remarks>
    /// <param name="options">The node's options, with the new cluster's id. <see cref="RaftOptions.DataDirectory"/>
    /// does not exist, or is empty but for the
    /// <c>lost+found</c> of a volume's root.</param>
    /// <param name="backupPath">The backup.</param>
    /// <param name="members">The members to begin with, of whom this node is the only voter. Promotable learners become voters once they have the state. Default: this node
    /// alone.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What the backup held.</returns>
    /// <exception cref="ArgumentException">An option is outside its bounds, does not suit the backup, or names another voter.</exception>
    /// <exception cref="DataDirectoryException">The directory is not empty.</exception>
    /// <exception cref="SnapshotCorruptedException">It is no backup, or not what was written. Nothing was made.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static Task<RaftBackup> RestoreAsync(RaftOptions options, string backupPath, Configuration? members = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrWhiteSpace(backupPath);
        options.Validate();
        Configuration wanted = ImposedMembers.Of(options.NodeId, members);
        if (options.Voters.Any(voter => voter != options.NodeId))
        {
            throw new ArgumentException(
                $"{nameof(RaftOptions)}.{nameof(RaftOptions.Voters)} is {string.Join(',', options.Voters)}; it must be {options.NodeId} on all nodes of the restored cluster: "
                + "voters without the state could elect each other.",
                nameof(options));
        }

        return Task.Run(() => Restore(options, backupPath, wanted, OpenEmpty, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Makes one node that has survived the loss of a majority a cluster of its own, by appending to its log a
    /// configuration marked as not agreed on by a majority. All that its log holds becomes committed with it. Of
    /// several survivors choose the one with the highest last term, and among those the highest last index (<c>logdump
    /// verify</c> tells them).
    /// </summary>
    /// <remarks>
    /// Nothing can call back what the old members, if some are alive after all, acknowledge to clients that still reach them: stop them for good, and empty their directories
    /// before they are added again. Messages of theirs that are meant for this node are not taken, if the log knew its directory: it counts as another node from now on.
    /// </remarks>
    /// <param name="options">The node's options, as it is started with.</param>
    /// <param name="acceptedLoss">What the caller knows may be lost; there is no default.</param>
    /// <param name="members">The members from now on, of whom this node is the only voter. Default: this node alone.</param>
    /// <param name="logger">Where it tells what it has done; nothing by default.</param>
    /// <param name="cancellationToken">Gives up, if nothing has been changed yet.</param>
    /// <returns>What was found and done.</returns>
    /// <exception cref="ArgumentException">An option is outside its bounds, another node is to vote, or no loss is accepted.</exception>
    /// <exception cref="DataDirectoryException">The directory is in use, is another node's or no node's, or has lost no quorum. Nothing was changed.</exception>
    /// <exception cref="LogCorruptedException">The log is damaged. Nothing was changed.</exception>
    /// <exception cref="SnapshotCorruptedException">The snapshot is damaged. Nothing was changed.</exception>
    /// <exception cref="LogFullException">The disk has no room for the entry. It can be done again.</exception>
    /// <exception cref="StorageFailedException">The operating system refused. It can be done again.</exception>
    public static Task<RecoveredQuorum> RecoverLostQuorumAsync(
        RaftOptions options, AcceptedLoss acceptedLoss, Configuration? members = null, ILogger? logger = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (acceptedLoss != AcceptedLoss.AcknowledgedCommands)
        {
            throw new ArgumentException(
                $"Acknowledged commands may be lost. To avoid that, bring back a majority; to accept it, pass {nameof(AcceptedLoss)}.{nameof(AcceptedLoss.AcknowledgedCommands)}.",
                nameof(acceptedLoss));
        }

        Configuration wanted = ImposedMembers.Of(options.NodeId, members);
        return Task.Run(
            () =>
            {
                RecoveredQuorum recovered = RecoverOn(FileSystemDirectory.OpenExisting(options.DataDirectory), options, wanted, cancellationToken);
                Tell(HostLogger.Of(logger), recovered);
                return recovered;
            },
            cancellationToken);
    }

    /// <summary>As <see cref="RestoreAsync"/>, on a directory that the caller opens once the backup has been verified.</summary>
    internal static RaftBackup Restore(
        RaftOptions options, string backupPath, Configuration members, Func<string, IStorageDirectory> open, CancellationToken cancellationToken = default)
    {
        RaftBackup verified = BackupFile.Verify(backupPath, cancellationToken);
        if (verified.ClusterId == options.ClusterId)
        {
            throw new ArgumentException(
                $"The backup is of the cluster {options.ClusterId}; the one that it is restored to must have another id, or nodes of both would take each other for one.",
                nameof(options));
        }

        if (verified.GroupId != options.GroupId)
        {
            throw new ArgumentException($"The backup is of group {verified.GroupId}, and not of {options.GroupId}.", nameof(options));
        }

        using SnapshotReader backup = BackupFile.Open(backupPath);
        RestoredDirectory.Make(open(options.DataDirectory), RaftNode.LogOptionsOf(options), backup, members, options.NewId(), cancellationToken);
        return verified;
    }

    /// <summary>As <see cref="RecoverLostQuorumAsync"/>, on a directory that the caller has opened.</summary>
    internal static RecoveredQuorum RecoverOn(IStorageDirectory directory, RaftOptions options, Configuration members, CancellationToken cancellationToken = default) =>
        LostQuorum.Recover(directory, RaftNode.LogOptionsOf(options) with { CancellationToken = cancellationToken }, options, members);

    // The root of a volume has a directory of the file system's own.
    private static FileSystemDirectory OpenEmpty(string path) =>
        Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Select(Path.GetFileName).FirstOrDefault(static name => name != "lost+found") is { } found
            ? throw new DataDirectoryException(path, $"it is not empty: '{found}' is in it. A backup is restored into a new directory.")
            : FileSystemDirectory.OpenOrCreate(path);

    private static void Tell(HostLogger logger, RecoveredQuorum recovered) => RecoveryMessages.Recovered(
        logger,
        recovered.NodeId,
        recovered.Members,
        recovered.Replaced,
        recovered.RecoveryIndex,
        recovered.RecoveryTerm,
        recovered.EntriesTakenAsCommitted,
        recovered.KnownCommittedIndex);
}
