using System;

namespace RaftEngine;

/// <summary>What a leader knows of one of the other members, as of a moment ago.</summary>
public readonly record struct RaftPeerStatus
{
    /// <summary>The member.</summary>
    public ulong NodeId { get; init; }

    /// <summary>The highest index known to be on its disk, equal to the leader's log.</summary>
    public long MatchIndex { get; init; }

    /// <summary>How long a message to it and its answer are on their way, smoothed; zero until it has been measured.</summary>
    public TimeSpan NetworkTime { get; init; }

    /// <summary>How long it holds entries until they are on its disk, its queues included, smoothed; zero until it has been measured.</summary>
    public TimeSpan HoldTime { get; init; }

    /// <summary>The most bytes of entries that it has acknowledged in a second, of late.</summary>
    public long BytesPerSecond { get; init; }

    /// <summary>How many messages with entries are on their way to it, unanswered.</summary>
    public int InflightMessages { get; init; }

    /// <summary>How many may be: chosen by what is measured, <see cref="RaftOptions.MaxInflightMessages"/> at the most.</summary>
    public int WindowMessages { get; init; }

    /// <summary>How many bytes of entries are on their way to it, unanswered.</summary>
    public long InflightBytes { get; init; }

    /// <summary>How many may be: chosen by what is measured, <see cref="RaftOptions.MaxInflightBytes"/> at the most.</summary>
    public int WindowBytes { get; init; }
}
