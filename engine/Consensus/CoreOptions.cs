using System;

namespace RaftEngine.Consensus;

/// <summary>The core's settings. Units in the names; the bounds are checked where the options are read.</summary>
internal sealed record CoreOptions
{
    /// <summary>The highest election priority, and the default.</summary>
    public const int MaxElectionPriority = 10;

    public required ulong NodeId { get; init; }

    /// <summary>The random number of this node's data directory; 0: it does not take part in telling a wiped or cloned node from a member.</summary>
    public ulong Incarnation { get; init; }

    /// <summary>True if the data directory began the cluster: it is the member that a configuration means whose incarnation that does not know.</summary>
    public bool IsFounder { get; init; } = true;

    /// <summary>The shortest election timeout. The same on every node: leases rest on the voters' (see <see cref="LeaseDrift"/>).</summary>
    public required TimeSpan ElectionTimeout { get; init; }

    /// <summary>The longest election timeout that measurements may lead to. No longer than <see cref="ElectionTimeout"/>: that is fixed.</summary>
    public TimeSpan MaxElectionTimeout { get; init; }

    /// <summary>Whether the windows follow what is measured, below their bounds.</summary>
    public bool SteersWindows { get; init; } = true;

    public required TimeSpan HeartbeatInterval { get; init; }

    /// <summary>
    /// By how much two nodes' clocks may go apart within an election timeout, the time included that a received message may wait before it is
    /// stepped, as far as the time given with it is older than its arrival. A leader's lease is shorter than an election timeout by this; no shorter
    /// than an election timeout: no leases.
    /// </summary>
    public required TimeSpan LeaseDrift { get; init; }

    /// <summary>0 to <see cref="MaxElectionPriority"/>: each step below the highest makes this node wait a tenth longer before it stands for
    /// election. It is never a veto.</summary>
    public int ElectionPriority { get; init; } = MaxElectionPriority;

    /// <summary>The last index of the snapshot that the node starts from, which is committed; 0: none.</summary>
    public long SnapshotIndex { get; init; }

    /// <summary>The highest index in the log that an earlier run knew to be committed; 0: none.</summary>
    public long CommittedIndex { get; init; }

    public required int MaxMessageBytes { get; init; }

    public required int MaxInflightMessages { get; init; }

    public required int MaxInflightBytes { get; init; }

    /// <summary>Seeds the draws of election timeouts and of the first number of forwarded reads: the core's only randomness. Another one at each start
    /// of a node, from the system's random source.</summary>
    public required ulong Seed { get; init; }

    /// <summary>A random number that names this run of the node, so that answers to an earlier one are not taken for answers to it. Another one at each
    /// start; 0: none.</summary>
    public ulong Run { get; init; }

    /// <summary>True if a loss of power may take what this run acknowledges.</summary>
    public bool MayLoseTail { get; init; }

    /// <summary>True if an earlier run may have acknowledged entries that are not in the log any more.</summary>
    public bool IsTailInDoubt { get; init; }
}
