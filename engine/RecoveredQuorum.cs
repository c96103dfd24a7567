using System;
using RaftEngine.Protocol;

namespace RaftEngine;

/// <summary>What <see cref="RaftRecovery.RecoverLostQuorumAsync"/> found and did.</summary>
public sealed record RecoveredQuorum
{
    /// <summary>The surviving node.</summary>
    public required ulong NodeId { get; init; }

    /// <summary>The cluster, which stays the same.</summary>
    public required Guid ClusterId { get; init; }

    /// <summary>The members that the log named last, and that have lost their majority.</summary>
    public required Configuration Replaced { get; init; }

    /// <summary>The members from now on; one voter.</summary>
    public required Configuration Members { get; init; }

    /// <summary>The last index of the log as it was found.</summary>
    public required long LastIndex { get; init; }

    /// <summary>That entry's term.</summary>
    public required long LastTerm { get; init; }

    /// <summary>The log's fingerprint there.</summary>
    public required ulong Fingerprint { get; init; }

    /// <summary>Up to here the directory proves by itself that entries were committed: its newest snapshot, or what was given up of the log.</summary>
    public required long KnownCommittedIndex { get; init; }

    /// <summary>How many entries become committed of which the directory does not prove that they were. Most of them were; some may never have been acknowledged.</summary>
    public long EntriesTakenAsCommitted => LastIndex - KnownCommittedIndex;

    /// <summary>Where the log records the recovery: a configuration entry that says that it is imposed.</summary>
    public long RecoveryIndex => LastIndex + 1;

    /// <summary>That entry's term; higher than any that the members of before come to by elections.</summary>
    public required long RecoveryTerm { get; init; }
}
