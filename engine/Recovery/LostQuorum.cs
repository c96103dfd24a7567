using System;
using RaftEngine.Consensus;
using RaftEngine.Log;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine.Recovery;

/// <summary>
/// Makes one surviving node a cluster of its own. What it does to the data directory is what an election and a change
/// of the members would have done, had there been a majority: a new term, and a configuration entry in it, which is
/// marked as not agreed on by a majority.
/// </summary>
internal static class LostQuorum
{
    /// <summary>Recovers the node.</summary>
    /// <param name="directory">Its data directory, which is disposed.</param>
    /// <param name="logOptions">How its log is opened.</param>
    /// <param name="options">Its options.</param>
    /// <param name="members">The members from now on.</param>
    /// <returns>What was found and done; it is on disk.</returns>
    public static RecoveredQuorum Recover(IStorageDirectory directory, LogOptions logOptions, RaftOptions options, Configuration members)
    {
        using DataDirectory data = DataDirectory.Open(directory, AsAtStart(directory, logOptions));
        RestoredState start = StateRecovery.Restore(data, options, static _ => { });
        SegmentedLog log = data.Log;
        LoggedConfiguration before = new LogView(log, start.LoggedConfiguration, waitsForSync: true).ConfigurationAt(log.LastIndex);
        RequireLoss(directory.Path, options.NodeId, data, before.Configuration);
        RecoveredQuorum recovered = new()
        {
            NodeId = options.NodeId,
            ClusterId = options.ClusterId,
            Replaced = before.Configuration,
            Members = members,
            LastIndex = log.LastIndex,
            LastTerm = log.TermAt(log.LastIndex),
            Fingerprint = log.ChainAt(log.LastIndex),
            KnownCommittedIndex = Math.Max(start.Index, log.FirstIndex - 1),
            RecoveryTerm = TermBehind(Math.Max(data.HardState.Current.Term, log.TermAt(log.LastIndex))),
        };

        // Term and incarnation first, as for every entry of a new term. A crash in between leaves a node that the old members do not take for theirs any more, with the old
        // members in its log: it is recovered again.
        data.HardState.Recover(new HardState(recovered.RecoveryTerm, options.NodeId));
        log.Append(EntryKind.Configuration, recovered.RecoveryTerm, ImposedMembers.BytesOf(members, options.NodeId, data.Incarnation));
        log.Flush();
        log.Sync(log.PrepareSync());
        return recovered;
    }

    /// <summary>The first term of the next recovery.</summary>
    public static long TermBehind(long term) => Terms.NextEpoch(term);

    // What the node will apply is verified. A bound on the log does not count for the one entry.
    private static LogOptions AsAtStart(IStorageDirectory directory, LogOptions logOptions)
    {
        try
        {
            return Array.IndexOf(directory.List(), HardStateFile.Name) < 0
                ? throw new DataDirectoryException(directory.Path, "it is no node's: it has no hard state. There is nothing to recover.")
                : logOptions with { VerifyFromIndex = SnapshotStore.NewestIndex(directory) + 1, MaxLogBytes = 0 };
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    private static void RequireLoss(string path, ulong nodeId, DataDirectory data, Configuration configuration)
    {
        if (data.Log.LastIndex == 0)
        {
            throw new DataDirectoryException(path, "its log is empty. There is nothing to recover.");
        }

        if (ImposedMembers.IsOnlyVoter(nodeId, configuration, data.Incarnation, data.HardState.IsFounder))
        {
            throw new DataDirectoryException(path, $"node {nodeId} is the only voter, and needs no other node: its members are {configuration}. There is nothing to recover.");
        }
    }
}
