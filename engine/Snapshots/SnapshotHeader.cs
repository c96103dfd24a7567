using System;

namespace RaftEngine.Snapshots;

/// <summary>What a snapshot stands for: all of the log up to an index (Raft §7, Figure 12).</summary>
/// <param name="SnapshotId">Random for each snapshot that is written: pieces of two never go together, even of the same index.</param>
/// <param name="ClusterId">The cluster.</param>
/// <param name="GroupId">The Raft group.</param>
/// <param name="Index">The last index it includes.</param>
/// <param name="Term">That entry's term.</param>
/// <param name="Chain">The log's chain value there: the fingerprint of all that the snapshot stands for.</param>
/// <param name="Configuration">The cluster's configuration as of that index, as its entry carries it; empty for the one that the cluster started with.</param>
internal sealed record SnapshotHeader(Guid SnapshotId, Guid ClusterId, ulong GroupId, long Index, long Term, ulong Chain, ReadOnlyMemory<byte> Configuration)
{
    public bool Equals(SnapshotHeader? other) =>
        other is not null
        && (SnapshotId, ClusterId, GroupId, Index, Term, Chain) == (other.SnapshotId, other.ClusterId, other.GroupId, other.Index, other.Term, other.Chain)
        && Configuration.Span.SequenceEqual(other.Configuration.Span);

    public override int GetHashCode() => SnapshotId.GetHashCode();
}
