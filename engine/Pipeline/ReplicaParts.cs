using System;
using RaftEngine.Host;
using RaftEngine.Log;

namespace RaftEngine.Pipeline;

/// <summary>What a <see cref="Replica"/> works with. It owns none of it.</summary>
internal sealed class ReplicaParts
{
    public required RaftOptions Options { get; init; }

    public required DataDirectory DataDirectory { get; init; }

    /// <summary>The node's monotonic clock, for what cannot go by a batch's time.</summary>
    public required Func<TimeSpan> Clock { get; init; }

    public required Inbox Inbox { get; init; }

    public required IOperationTable Proposals { get; init; }

    public required IOperationTable Reads { get; init; }

    public required PendingProposals Pending { get; init; }

    public required IRaftTransport Transport { get; init; }

    public required IApplyStage ApplyStage { get; init; }

    public required SyncStage SyncStage { get; init; }

    /// <summary>Null if the state machine has no snapshots.</summary>
    public required SnapshotStage? SnapshotStage { get; init; }

    /// <summary>Null if the state machine has no snapshots.</summary>
    public required TransferStage? TransferStage { get; init; }

    /// <summary>The random number of the data directory, as the configuration names it; 0 for one that takes no part in telling directories apart.</summary>
    public ulong Incarnation { get; init; }

    /// <summary>A random number that names this run of the node; see <see cref="Consensus.CoreOptions.Run"/>.</summary>
    public ulong Run { get; init; }

    /// <summary>
    /// The number of the first command that this node forwards. It should be higher than any of an earlier run of the process: the time will do, in units shorter than it takes to
    /// forward a command. If it is not, the first commands to a leader that remembers that run end unknown.
    /// </summary>
    public ulong FirstForwardNumber { get; init; } = 1;

    /// <summary>What the peers have told of themselves; null if all members are of this release.</summary>
    public PeerComparison? Peers { get; init; }

    /// <summary>Where the node tells what it drops.</summary>
    public HostLogger Logger { get; init; } = HostLogger.None;

    /// <summary>What the state machine started from.</summary>
    public required RestoredState Start { get; init; }
}
