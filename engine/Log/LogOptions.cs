using System;

namespace RaftEngine.Log;

/// <summary>How a log is opened.</summary>
internal sealed record LogOptions
{
    /// <summary>The cluster the log belongs to; part of the first chain seed.</summary>
    public required Guid ClusterId { get; init; }

    /// <summary>The Raft group the log belongs to; part of the first chain seed.</summary>
    public required ulong GroupId { get; init; }

    /// <summary>The node the log belongs to; a directory of another node is refused.</summary>
    public required ulong NodeId { get; init; }

    /// <summary>The size of a segment file, in bytes.</summary>
    public required int SegmentSizeBytes { get; init; }

    /// <summary>The largest payload of a record, in bytes.</summary>
    public required int MaxPayloadBytes { get; init; }

    /// <summary>How many bytes may be written but not yet synced before an append waits for a sync: also what recovery takes for the largest possible torn tail.</summary>
    public int MaxUnsyncedBytes { get; init; } = 16 << 20;

    public bool BoundsUnsyncedBytes { get; init; }
}
