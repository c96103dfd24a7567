using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using RaftEngine.Protocol;

namespace RaftEngine;

/// <summary>How a node is set up. Every bound has its unit in its name or here, and a default that suits a local network.</summary>
public sealed record RaftOptions
{
    private const int LeastFingerprintInterval = 16;

    /// <summary>This node's id: not 0, unique in the cluster, and never given to another data directory.</summary>
    public required ulong NodeId { get; init; }

    /// <summary>The ids of the voters that the cluster starts with; the same on every node, for all its life: what changes them later is in the log. A node that is added later,
    /// or comes back without its directory, is not one of them. At its first start a node whose id is here begins the cluster with the others, and any other node joins: it
    /// votes once the log names it. The directory remembers this, and with which voters it began.</summary>
    public required IReadOnlyCollection<ulong> Voters { get; init; }

    /// <summary>The directory of the log and the hard state; made if it does not exist. One process at a time may have it open.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The cluster's id: the same on every node; logs and connections of two clusters never mix.</summary>
    public required Guid ClusterId { get; init; }

    /// <summary>The Raft group within the cluster.</summary>
    public ulong GroupId { get; init; }

    /// <summary>What "durable" means before an entry is acknowledged. Default: <see cref="Durability.Fsync"/>.</summary>
    public Durability Durability { get; init; } = Durability.Fsync;

    /// <summary>How often the log is synced in <see cref="Durability.Interval"/>. Default 50 ms; 1 ms to 10 s.</summary>
    public TimeSpan SyncInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The size of a log segment file, in bytes: a multiple of 4096, and room for an entry of the largest size. Default 64 MiB; 64 KiB to 1 GiB.</summary>
    public int SegmentSizeBytes { get; init; } = 64 << 20;

    /// <summary>The most bytes that the log's segment files may take; 0 for no bound but the disk's. At the bound, as on a full disk, a node takes no more commands
    /// (<see cref="Log.LogFullException"/>) and no more entries of a leader; reading, and voting for others, go on. A leader at the bound hands over to a voter that has
    /// room; while a majority has none, it takes no commands. Default 0; at least two segments.</summary>
    public long MaxLogBytes { get; init; }

    /// <summary>How fast segments that are full are read again and again in the background, to find damage before it is needed, in bytes a second; 0 for not at all. Damage
    /// stops the node. Default 8 MiB; 0 to 1 GiB.</summary>
    public int ScrubBytesPerSecond { get; init; } = 8 << 20;

    /// <summary>How much log makes a snapshot due, in bytes of records; only with an <see cref="ISnapshotStateMachine{TResult}"/>. Default 256 MiB; 64 KiB to 1 TiB.</summary>
    public long SnapshotLogBytes { get; init; } = 256 << 20;

    /// <summary>How much of the log is kept behind a snapshot, in bytes of records, so that a follower that is behind need not be sent the snapshot. Default 64 MiB; 0 to
    /// 1 TiB.</summary>
    public long RetainedLogBytes { get; init; } = 64 << 20;

    /// <summary>How much of the log behind a snapshot named readers may hold back (<see cref="RaftNode{TResult}.ReadCommittedAsync"/>), in bytes of records. A reader that is
    /// further behind, or for whose log there is no room, ends with <see cref="LogCompactedException"/>. Default 256 MiB; 0 to 1 TiB.</summary>
    public long ReaderRetainedLogBytes { get; init; } = 256 << 20;

    /// <summary>After how many entries a leader compares the replicas' states, if the state machine is an <see cref="IFingerprintedState"/>; 0 for never. A comparison is
    /// two small entries. Default 16,384; 0, or 16 to 1,073,741,824.</summary>
    public int FingerprintInterval { get; init; } = 16_384;

    /// <summary>How fast a leader sends a snapshot to a follower that needs one, in bytes a second. Default 64 MiB; 64 KiB to 4 GiB.</summary>
    public long SnapshotBytesPerSecond { get; init; } = 64 << 20;

    /// <summary>The largest snapshot that a node takes from a leader, in bytes. Default 64 GiB; 1 MiB to 1 TiB.</summary>
    public long MaxSnapshotBytes { get; init; } = 64L << 30;

    /// <summary>The largest command that this node takes from its callers, or as leader from nodes that forward, in bytes. Entries of other nodes, and
    /// of a log that was written with a larger bound, are taken whatever it is. Default 1 MiB; 1 KiB to 16 MiB.</summary>
    public int MaxCommandBytes { get; init; } = 1 << 20;

    /// <summary>The queue of commands between their proposers and the loop, in bytes: a power of two, and at least four times <see cref="MaxCommandBytes"/>.
    /// A full queue is <see cref="RaftOverloadedException"/>. Default 4 MiB; 64 KiB to 256 MiB.</summary>
    public int ProposalQueueBytes { get; init; } = 4 << 20;

    /// <summary>The queue of received messages, in bytes: a power of two, and at least four times <see cref="MaxMessageBytes"/> plus <see cref="MaxCommandBytes"/>.
    /// A full queue holds up the connections that feed it. Default 8 MiB; 64 KiB to 256 MiB.</summary>
    public int MessageQueueBytes { get; init; } = 8 << 20;

    /// <summary>How many commands may be on their way on this node, from the call to the result. Default 65,536; 1 to 1,048,576.</summary>
    public int MaxInflightProposals { get; init; } = 65_536;

    /// <summary>How many client sessions there may be; the same on every node. A session that is not closed takes its place until it expires. Default 4096; 1 to 65,536.</summary>
    public int MaxSessions { get; init; } = 4096;

    /// <summary>How many reads may wait for their barrier at once on this node. Default 65,536; 1 to 1,048,576.</summary>
    public int MaxPendingReads { get; init; } = 65_536;

    /// <summary>The entries of one message to a peer, in bytes; a single larger entry still goes, alone. The same on every node, and no more than the transport's frames
    /// hold. Default 256 KiB; 4 KiB to 16 MiB.</summary>
    public int MaxMessageBytes { get; init; } = 256 << 10;

    /// <summary>How many messages with entries may be on their way to a peer unanswered, at the most: the window is chosen below it, by what is measured
    /// (<see cref="RaftPeerStatus.WindowMessages"/>). Default 64; 1 to 1024.</summary>
    public int MaxInflightMessages { get; init; } = 64;

    /// <summary>How many bytes of entries may be on their way to a peer unanswered, at the most: the window is chosen below it, by what is measured
    /// (<see cref="RaftPeerStatus.WindowBytes"/>). No more than the transport lets wait for a peer, or it drops them. Default 16 MiB; 4 KiB to 256 MiB.</summary>
    public int MaxInflightBytes { get; init; } = 16 << 20;

    /// <summary>How long a follower waits for its leader before it stands for election; each wait is drawn anew from one to two times this. It should be well above the
    /// time of a broadcast, sync included (Raft §5.6): see <see cref="MaxElectionTimeout"/>. Default 300 ms; 10 ms to 60 s.</summary>
    /// <remarks>The same on every node: leases rest on it (<see cref="ReadConsistency.Lease"/>). A leader trusts that voters keep silent for its own value, so a voter with a
    /// shorter one can help to elect another leader while the lease lasts. Do not change it node by node while lease reads are in use: either stop them until the last node
    /// runs with the new value, or restart all nodes together. A longer value on the voters than on the leader is safe.</remarks>
    public TimeSpan ElectionTimeout { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>The longest election timeout that measurements may lead to. Up to it, a leader keeps the timeout at five times the time of its broadcasts (Raft §5.6), and
    /// followers at what the arrival of heartbeats asks for, if that is longer than <see cref="ElectionTimeout"/>: it is raised at once and lowered slowly. Equal to
    /// <see cref="ElectionTimeout"/>: the timeout is fixed. Default null: ten times <see cref="ElectionTimeout"/>, but 60 s at the most; <see cref="ElectionTimeout"/> to
    /// 60 s.</summary>
    public TimeSpan? MaxElectionTimeout { get; init; }

    /// <summary>How often a leader tells its followers that it is there. Default 30 ms; 1 ms to a third of <see cref="ElectionTimeout"/>.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromMilliseconds(30);

    /// <summary>How eagerly this node stands for election, 0 to 10: each step below 10 makes it wait a tenth of <see cref="ElectionTimeout"/> longer. It is never a veto.
    /// Default 10.</summary>
    public int ElectionPriority { get; init; } = 10;

    /// <summary>Whether a result's continuation runs on the thread pool (true) or at once where the command was applied, which then waits for it. Default true: false saves a
    /// hand-over for continuations that are known to be short and never to block. An error's continuation always runs on the thread pool. While the host blocks the pool, results
    /// that go through it come late, though their commands are committed and applied; the node itself does not depend on it. With false, a result still goes through the pool
    /// if it comes at the very moment at which its caller begins to wait, and a result waits until up to 15 more commands are applied.</summary>
    public bool RunContinuationsAsynchronously { get; init; } = true;

    /// <summary>Whether a few committed entries may be applied by the thread that finds them committed, be it a transport's or a proposer's, instead of the apply thread. Saves a
    /// hand-over for a state machine that takes microseconds and never blocks; with one that does, a peer's messages wait. Entries are applied by one thread at a time, in log
    /// order, all the same. Default false.</summary>
    public bool ApplyInline { get; init; }

    /// <summary>Whether a node that follows sends the commands it is given to the leader, instead of refusing them with <see cref="NotLeaderException"/>. They end with the
    /// result of this node's own state machine. One that the leader does not answer within an <see cref="ElectionTimeout"/> ends with <see cref="OutcomeUnknownException"/>.
    /// Up to <see cref="MaxInflightBytes"/> of commands may be on their way to the leader unanswered. It is this node's choice alone: every leader takes what members
    /// send it. Default false.</summary>
    public bool ForwardProposals { get; init; }

    /// <summary>Whether the windows of replication follow what is measured, below their bounds. False: they are their bounds, to be measured against.</summary>
    internal bool SteersWindows { get; init; } = true;

    /// <summary><see cref="MaxElectionTimeout"/>, or its default.</summary>
    internal TimeSpan LongestElectionTimeout =>
        MaxElectionTimeout ?? TimeSpan.FromTicks(Math.Min(10 * ElectionTimeout.Ticks, TimeSpan.FromSeconds(60).Ticks));

    /// <summary>Where random ids come from. A simulation draws them from its seed.</summary>
    internal Func<Guid> NewId { get; init; } = Guid.NewGuid;

    /// <summary>The largest payload of an entry: a command, and what stands in front of one of a client session.</summary>
    internal int MaxEntryBytes => MaxCommandBytes + SessionFormat.HeaderBytes;

    /// <summary>The initial configuration that <see cref="Voters"/> describes.</summary>
    internal Configuration Configuration => new([.. Voters]);

    /// <summary>The same, if this node bootstraps the cluster with others; null if it joins one.</summary>
    internal Configuration? FirstVoters => Configuration is { } initial && initial.IsVoter(NodeId) ? initial : null;

    /// <summary>Checks every bound; a start does so too.</summary>
    /// <exception cref="ArgumentException">Options are outside their bounds; the message names each, its value and the
    /// bounds.</exception>
    public void Validate() => Check().ThrowIfAny();

    /// <summary>Looks at every bound.</summary>
    /// <returns>What is wrong, for the caller to add to and to throw.</returns>
    internal OptionChecks Check()
    {
        OptionChecks checks = new(nameof(RaftOptions));
        checks.Require(NodeId != 0, nameof(NodeId), NodeId, "not 0");
        string voters = string.Join(',', (IEnumerable<ulong>?)Voters ?? []);
        checks.Require(AreVoters(), nameof(Voters), voters, $"a set of 1 to {Configuration.MaxVoters} ids, none of them 0");
        checks.Require(ClusterId != Guid.Empty, nameof(ClusterId), ClusterId, "not empty");
        checks.Require(!string.IsNullOrWhiteSpace(DataDirectory) && DataDirectory.IndexOfAny(Path.GetInvalidPathChars()) < 0, nameof(DataDirectory), DataDirectory, "a path");
        checks.Require(Enum.IsDefined(Durability), nameof(Durability), Durability, "Fsync, Interval or None");
        checks.Within(SyncInterval, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10), nameof(SyncInterval));
        checks.Within(MaxCommandBytes, 1 << 10, EntryBounds.LargestCommandBytes, nameof(MaxCommandBytes));
        checks.Within(MaxMessageBytes, 4 << 10, 16 << 20, nameof(MaxMessageBytes));
        checks.Within(SegmentSizeBytes, 64 << 10, 1 << 30, nameof(SegmentSizeBytes));
        checks.Require(SegmentSizeBytes % 4096 == 0, nameof(SegmentSizeBytes), SegmentSizeBytes, "a multiple of 4096");
        checks.Require(MaxLogBytes == 0 || MaxLogBytes >= 2L * SegmentSizeBytes, nameof(MaxLogBytes), MaxLogBytes, $"0, or two segments at least: {2L * SegmentSizeBytes}");
        checks.Within(SnapshotLogBytes, 64 << 10, 1L << 40, nameof(SnapshotLogBytes));
        checks.Within(RetainedLogBytes, 0, 1L << 40, nameof(RetainedLogBytes));
        checks.Within(FingerprintInterval == 0 ? LeastFingerprintInterval : FingerprintInterval, LeastFingerprintInterval, 1 << 30, nameof(FingerprintInterval));
        checks.Within(ReaderRetainedLogBytes, 0, 1L << 40, nameof(ReaderRetainedLogBytes));
        checks.Within(SnapshotBytesPerSecond, 64 << 10, 4L << 30, nameof(SnapshotBytesPerSecond));
        checks.Within(MaxSnapshotBytes, 1 << 20, 1L << 40, nameof(MaxSnapshotBytes));
        checks.Within(ScrubBytesPerSecond, 0, 1 << 30, nameof(ScrubBytesPerSecond));
        checks.QueueSize(ProposalQueueBytes, nameof(ProposalQueueBytes));
        checks.QueueSize(MessageQueueBytes, nameof(MessageQueueBytes));
        checks.Within(MaxInflightProposals, 1, 1 << 20, nameof(MaxInflightProposals));
        checks.Within(MaxSessions, 1, 65_536, nameof(MaxSessions));
        checks.Within(MaxPendingReads, 1, 1 << 20, nameof(MaxPendingReads));
        checks.Within(MaxInflightMessages, 1, 1024, nameof(MaxInflightMessages));
        checks.Within(MaxInflightBytes, 4 << 10, 256 << 20, nameof(MaxInflightBytes));
        checks.Within(ElectionTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(60), nameof(ElectionTimeout));
        checks.Within(ElectionPriority, 0, 10, nameof(ElectionPriority));
        checks.Require(HeartbeatInterval >= TimeSpan.FromMilliseconds(1), nameof(HeartbeatInterval), HeartbeatInterval, $"{TimeSpan.FromMilliseconds(1)} at least");
        if (MaxElectionTimeout is { } longest)
        {
            checks.Within(longest, ElectionTimeout, TimeSpan.FromSeconds(60), nameof(MaxElectionTimeout));
        }

        CheckWhatMustFit(checks);
        return checks;
    }

    // Two options each, of which one may be the default.
    private void CheckWhatMustFit(OptionChecks checks)
    {
        checks.Fit(
            SegmentSizeBytes >= MaxCommandBytes + 16_384,
            nameof(SegmentSizeBytes),
            SegmentSizeBytes,
            64 << 20,
            $"{MaxCommandBytes + 16_384} at least",
            nameof(MaxCommandBytes),
            MaxCommandBytes,
            $"{SegmentSizeBytes - 16_384} at the most");
        checks.Fit(
            ProposalQueueBytes >= 4L * MaxCommandBytes,
            nameof(ProposalQueueBytes),
            ProposalQueueBytes,
            4 << 20,
            $"{4L * MaxCommandBytes} at least",
            nameof(MaxCommandBytes),
            MaxCommandBytes,
            $"{ProposalQueueBytes / 4} at the most");
        bool isMessageAtDefault = MaxMessageBytes == 256 << 10;
        checks.Fit(
            MessageQueueBytes >= 4L * ((long)MaxMessageBytes + MaxCommandBytes),
            nameof(MessageQueueBytes),
            MessageQueueBytes,
            8 << 20,
            $"{4L * ((long)MaxMessageBytes + MaxCommandBytes)} at least",
            isMessageAtDefault ? nameof(MaxCommandBytes) : nameof(MaxMessageBytes),
            isMessageAtDefault ? MaxCommandBytes : MaxMessageBytes,
            $"{(MessageQueueBytes / 4) - (isMessageAtDefault ? MaxMessageBytes : MaxCommandBytes)} at the most");
        checks.Fit(
            HeartbeatInterval <= ElectionTimeout / 3,
            nameof(HeartbeatInterval),
            HeartbeatInterval,
            TimeSpan.FromMilliseconds(30),
            $"{ElectionTimeout / 3} at the most, a third of {nameof(ElectionTimeout)}",
            nameof(ElectionTimeout),
            ElectionTimeout,
            $"{3 * HeartbeatInterval} at least, three times {nameof(HeartbeatInterval)}");
    }

    private bool AreVoters() =>
        Voters is { Count: > 0 and <= Configuration.MaxVoters } && !Voters.Contains(0ul) && Voters.Distinct().Count() == Voters.Count;
}
