using RaftEngine.Log;
using RaftEngine.Snapshots;

namespace RaftEngine.Pipeline;

/// <summary>Brings a state machine to where the newest snapshot is, and the log to where it goes on from there.</summary>
internal static class StateRecovery
{
    /// <summary>Restores the newest snapshot, if there is one.</summary>
    /// <param name="data">The data directory, open.</param>
    /// <param name="options">The node's options.</param>
    /// <param name="stateMachine">What to restore; null if it has no snapshots.</param>
    /// <returns>The last index that the state includes; 0 for an empty state.</returns>
    /// <exception cref="SnapshotCorruptedException">The snapshot is not what was written, or another cluster's, or contradicts the log.</exception>
    /// <exception cref="LogCorruptedException">Between the snapshot and the log, records are missing.</exception>
    public static long Restore<TResult>(DataDirectory data, RaftOptions options, ISnapshotStateMachine<TResult>? stateMachine)
    {
        SnapshotStore store = new(data.Log.Directory);
        using SnapshotReader? snapshot = stateMachine is null ? null : store.OpenNewest();
        SnapshotHeader? header = snapshot?.Header;
        if (snapshot is not null)
        {
            RequireOwner(options, header!);
            stateMachine!.RestoreSnapshot(snapshot);
            snapshot.ReadToEnd();
            Reconcile(data.Log, header!);
        }

        long index = header?.Index ?? 0;
        if (data.Log.FirstIndex > index + 1)
        {
            throw new LogCorruptedException(
                SegmentFormat.NameOf(data.Log.FirstIndex), 0, index + 1, "first index, behind the state that the node starts from", (ulong)index + 1, (ulong)data.Log.FirstIndex);
        }

        store.DeleteLeftOvers();
        return index;
    }

    // A snapshot that another node sent is put in place first, and the log gives way to it then: a crash in between leaves that to be done (Raft §7, Figure 13, rules 6 and 7).
    private static void Reconcile(SegmentedLog log, SnapshotHeader header)
    {
        bool isInLog = header.Index >= log.FirstIndex - 1 && header.Index <= log.LastIndex;
        if (header.Index > log.LastIndex || (isInLog && log.TermAt(header.Index) != header.Term))
        {
            log.Reset(header.Index, header.Term, header.Chain);
        }
        else if (isInLog && log.ChainAt(header.Index) != header.Chain)
        {
            throw new SnapshotCorruptedException(
                SnapshotFormat.NameOf(header.Index), 72, "the log's chain value, against the log's own", log.ChainAt(header.Index), header.Chain);
        }
    }

    private static void RequireOwner(RaftOptions options, SnapshotHeader header)
    {
        string name = SnapshotFormat.NameOf(header.Index);
        if (header.ClusterId != options.ClusterId)
        {
            throw new SnapshotCorruptedException(name, 32, "cluster id, its hash", (ulong)options.ClusterId.GetHashCode(), (ulong)header.ClusterId.GetHashCode());
        }

        if (header.GroupId != options.GroupId)
        {
            throw new SnapshotCorruptedException(name, 48, "group id", options.GroupId, header.GroupId);
        }
    }
}
