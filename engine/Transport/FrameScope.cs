using System;

namespace RaftEngine.Transport;

/// <summary>What the frames of one direction between two nodes are checked against.</summary>
/// <param name="ClusterId">The cluster of both ends.</param>
/// <param name="GroupId">The group of both ends.</param>
/// <param name="From">The node at the other end, as its hello named it.</param>
/// <param name="To">This node.</param>
/// <param name="MaxFrameBytes">The largest header and body together.</param>
internal readonly record struct FrameScope(Guid ClusterId, ulong GroupId, ulong From, ulong To, int MaxFrameBytes)
{
    /// <summary>The largest body of entries and of pieces of a snapshot, which others have agreed on, if that is more than <see cref="MaxFrameBytes"/> allows.</summary>
    public int MaxAgreedBytes { get; init; }

    /// <summary>The version of the protocol that both ends agreed on.</summary>
    public ushort Version { get; init; } = FrameFormat.Version;
}
