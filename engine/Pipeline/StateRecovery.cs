using System;
using System.IO;
using System.Threading;
using RaftEngine.Host;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Sessions;
using RaftEngine.Snapshots;

namespace RaftEngine.Pipeline;

/// <summary>Brings a state machine to where the newest snapshot is, and the log to where it goes on from there.</summary>
internal static class StateRecovery
{
    /// <summary>Restores the newest snapshot, if there is one. The token is looked at when the state machine reads from it.</summary>
    /// <returns>What the node starts from.</returns>
    /// <exception cref="SnapshotCorruptedException">The snapshot is not what was written, or another cluster's, or contradicts the log.</exception>
    /// <exception cref="LogCorruptedException">Between the snapshot and the log, records are missing.</exception>
    /// <exception cref="DataDirectoryException">The log has been compacted, and the state machine takes no
    /// snapshots.</exception>
    public static RestoredState Restore<TResult>(DataDirectory data, RaftOptions options, ReplicatedState<TResult> state, CancellationToken cancellationToken = default) =>
        Restore(data, options, state.TakesSnapshots ? state.Restore : null, cancellationToken);

    /// <summary>Brings the log to where it goes on from the newest snapshot, if there is one and its state is taken up.</summary>
    /// <returns>What the node starts from.</returns>
    /// <exception cref="SnapshotCorruptedException">The snapshot is not what was written, or another cluster's, or contradicts the log.</exception>
    /// <exception cref="LogCorruptedException">Between the snapshot and the log, records are missing.</exception>
    public static RestoredState Restore(DataDirectory data, RaftOptions options, Action<Stream>? takeUp, CancellationToken cancellationToken = default)
    {
        SnapshotStore store = new(data.Log.Directory) { CancellationToken = cancellationToken };
        using SnapshotReader? snapshot = takeUp is null ? null : store.OpenNewest();
        RestoredState start = RestoredState.Empty(data.HardState.FirstVoters ?? options.Configuration);
        if (snapshot is not null)
        {
            RequireOwner(options, snapshot.Header);
            start = new RestoredState(snapshot.Header.Index, ConfigurationOf(snapshot.Header), snapshot.Header.Configuration);
            TakeUp(snapshot, takeUp!);
            Reconcile(data.Log, snapshot.Header);
        }

        long next = start.Index + 1;
        if (takeUp is null && data.Log.FirstIndex > next)
        {
            throw new DataDirectoryException(
                data.Log.Directory.Path,
                $"its log begins at index {data.Log.FirstIndex}: what was before is in a snapshot, and the state machine takes none. Start the node with one that is an "
                + "ISnapshotStateMachine, and reads the snapshots that were written here.");
        }

        if (data.Log.FirstIndex > next)
        {
            throw new LogCorruptedException(
                SegmentFormat.NameOf(data.Log.FirstIndex), 0, next, "first index, behind the state that the node starts from", (ulong)next, (ulong)data.Log.FirstIndex);
        }

        store.DeleteLeftOvers();
        return start;
    }

    /// <summary>Has a state machine take up the state in a snapshot, and checks what it has not read.</summary>
    /// <exception cref="StateMachineFailedException">The state machine threw, and not because the snapshot could not be read.</exception>
    public static void TakeUp(SnapshotReader snapshot, Action<Stream> takeUp)
    {
        try
        {
            NeutralContext.Run(static call => ((Action)call!)(), (Action)(() => takeUp(snapshot)));
        }
        catch (Exception e) when (!snapshot.IsBroken)
        {
            throw new StateMachineFailedException(snapshot.Header.Index, snapshot.Header.Term, e);
        }

        snapshot.ReadToEnd();
    }

    /// <summary>The configuration in a snapshot's header.</summary>
    /// <exception cref="SnapshotCorruptedException">This version cannot read it.</exception>
    public static Configuration ConfigurationOf(SnapshotHeader header) =>
        ConfigurationFormat.TryRead(header.Configuration.Span, out Configuration? configuration)
            ? configuration
            : throw new SnapshotCorruptedException(
                SnapshotFormat.NameOf(header.Index), 80, "configuration, its length", (ulong)ConfigurationFormat.MaxBytes, (ulong)header.Configuration.Length);

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
