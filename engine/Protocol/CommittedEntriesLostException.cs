using System;

namespace RaftEngine.Protocol;

/// <summary>
/// Entries that a majority had on disk are gone from so many disks that the cluster goes on without them: the data directory of a node was
/// replaced by an older copy, or a disk has lost what it had synced. The node that notices stops and changes nothing. The message says what to do.
/// </summary>
public sealed class CommittedEntriesLostException : InvalidOperationException
{
    private CommittedEntriesLostException(string message, ulong leaderId, long index, long term, long leaderTerm)
        : base(message)
    {
        LeaderId = leaderId;
        Index = index;
        Term = term;
        LeaderTerm = leaderTerm;
    }

    /// <summary>The leader whose message shows it.</summary>
    public ulong LeaderId { get; }

    /// <summary>The index of an entry that is missing: at the leader, or, if it is behind the end of this node's log, here.</summary>
    public long Index { get; }

    /// <summary>The term of this node's entry there; of its last one, if its log ends before.</summary>
    public long Term { get; }

    /// <summary>The term of the leader's entry there; the leader's own, if this node's log ends before.</summary>
    public long LeaderTerm { get; }

    // The leader would have an entry replaced that this node knows to be committed.
    internal static CommittedEntriesLostException AtLeader(
        ulong nodeId, ulong leaderId, long index, long term, long leaderTerm, long commitIndex)
    {
        string message =
            $"Leader {leaderId} has an entry of term {leaderTerm} at index {index}, where node {nodeId} has one of term {term} and knows its log "
            + $"to be committed up to {commitIndex}. Other nodes have lost committed entries: their data directories were replaced by older copies, "
            + "or their disks have lost what was synced. This node stops, and its directory is unchanged. Stop the cluster and keep all directories. To go on "
            + "with the entries, recover a node that has them as after a lost quorum (RaftRecovery), and add the others with empty directories. "
            + $"To give them up, remove node {nodeId} from the members, empty its directory, and add it again.";
        return new CommittedEntriesLostException(message, leaderId, index, term, leaderTerm);
    }

    // This node's log ends before what it has acknowledged.
    internal static CommittedEntriesLostException Here(
        ulong nodeId, ulong leaderId, long index, long lastIndex, long lastTerm, long leaderTerm)
    {
        string message =
            $"Node {nodeId} has acknowledged the entries up to {index} to leader {leaderId} of term {leaderTerm}, but its log ends at {lastIndex}, "
            + $"term {lastTerm}: its data directory was replaced by an older copy, or its disk has lost what was synced, perhaps its votes, too. This node "
            + $"stops, or it would be counted for what it does not have. Remove node {nodeId} from the members, empty its directory, and add it again.";
        return new CommittedEntriesLostException(message, leaderId, lastIndex + 1, lastTerm, leaderTerm);
    }
}
