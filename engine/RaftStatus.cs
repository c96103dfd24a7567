using System;
using RaftEngine.Protocol;

namespace RaftEngine;

/// <summary>A node's state at one moment, all of it from the same batch of the loop. One that has stopped is a follower that knows no leader.</summary>
public readonly record struct RaftStatus
{
    /// <summary>This node.</summary>
    public ulong NodeId { get; init; }

    /// <summary>Its role.</summary>
    public RaftRole Role { get; init; }

    /// <summary>The latest term it has seen.</summary>
    public long Term { get; init; }

    /// <summary>The leader it knows of; 0 if none. On the leader, its own id.</summary>
    public ulong LeaderId { get; init; }

    /// <summary>The first index still in its log; what is before it is in the snapshot.</summary>
    public long FirstIndex { get; init; }

    /// <summary>The last index that its newest snapshot includes; 0 if it has none.</summary>
    public long SnapshotIndex { get; init; }

    /// <summary>The last index of its log, durable or not.</summary>
    public long LastIndex { get; init; }

    /// <summary>The last index known to be on its disk.</summary>
    public long DurableIndex { get; init; }

    /// <summary>The highest index known to be committed.</summary>
    public long CommitIndex { get; init; }

    /// <summary>The highest index applied to the state machine.</summary>
    public long AppliedIndex { get; init; }

    /// <summary>The log's chain value at <see cref="CommitIndex"/>: a fingerprint of the whole log up to there, equal on every replica.</summary>
    public ulong Fingerprint { get; init; }

    /// <summary>How often the log was synced since the node started.</summary>
    public long LogSyncs { get; init; }

    /// <summary>How many entries were appended since the node started.</summary>
    public long EntriesAppended { get; init; }

    /// <summary>What the log's recovery cut off when the node started, in bytes; 0 if the log ended cleanly.</summary>
    public long TornTailBytes { get; init; }

    /// <summary>True if the log had no room for the last command or entry that came: <see cref="RaftOptions.MaxLogBytes"/> is reached, or the disk is full.</summary>
    public bool IsLogFull { get; init; }

    /// <summary>The members, as the latest configuration in its log has them, committed or not.</summary>
    public Configuration? Configuration { get; init; }

    /// <summary>True if the cluster knows another data directory under this node's id: this one is new, a copy, or was recovered after a lost quorum
    /// while others of the cluster live on. It takes part again in theirs once the id has been removed from the
    /// members and added again.</summary>
    public bool IsSuperseded { get; init; }

    /// <summary>What may stand in the log (<see cref="ClusterVersions"/>): the lowest version that a member reads, as far as this
    /// node has met them in this run; 1 as long as it has yet to meet one.</summary>
    public int ClusterVersion { get; init; }

    /// <summary>True if this node may lack entries that it has acknowledged: it ran with <see cref="Durability.Interval"/> or <see cref="Durability.None"/>, was
    /// not stopped in order, and no leader has brought it up to date since. Its vote counts only if all voters vote.</summary>
    public bool IsTailInDoubt { get; init; }

    /// <summary>The election timeout in force here: <see cref="RaftOptions.ElectionTimeout"/>, or longer, up to <see cref="RaftOptions.MaxElectionTimeout"/>, if what is measured
    /// asks for it.</summary>
    public TimeSpan ElectionTimeout { get; init; }

    /// <summary>How long 99 of 100 broadcasts of this node as a leader took at the most, from the first message to the commit, the syncs of a majority included; or from a
    /// heartbeat to the answer of a majority, which is all there is while nothing is to be committed. Of late; zero if it has never led.</summary>
    public TimeSpan BroadcastTime { get; init; }

    /// <summary>True if this node leads and even <see cref="RaftOptions.MaxElectionTimeout"/> is not five times <see cref="BroadcastTime"/> (Raft §5.6): the cluster may lose its
    /// leader for no reason. The node is not healthy as it is set up.</summary>
    public bool IsElectionTimeoutTooShort { get; init; }

    /// <summary>How often this node has handed over leadership because its disk stood still for an election timeout, while the others' did not.</summary>
    public long StallHandovers { get; init; }

    /// <summary>How often this node, as a leader, has given up log that a member still needed to catch up behind a snapshot, because
    /// <see cref="RaftOptions.MaxLogBytes"/> or the disk left no room. Such a member needs another snapshot; if this goes on, it never catches up.</summary>
    public long RetentionsGivenUp { get; init; }

    /// <summary>What stopped the node; null while it runs or if it was stopped in order.</summary>
    public Exception? Failure { get; init; }
}
