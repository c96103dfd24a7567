namespace RaftEngine.Protocol;

/// <summary>
/// The hard bounds of the format. A node's own options bound what it proposes; what others have agreed on is bounded by these alone, or one node's options could stop it, or all.
/// </summary>
internal static class EntryBounds
{
    /// <summary>The largest command that any node's options may allow, in bytes.</summary>
    public const int LargestCommandBytes = 16 << 20;

    /// <summary>The largest payload of an entry, in bytes: such a command in a client session.</summary>
    public const int LargestPayloadBytes = LargestCommandBytes + SessionFormat.HeaderBytes;

    /// <summary>The largest body of a message that carries entries or pieces of a snapshot, in bytes: the record of the largest entry, alone, or many small ones.</summary>
    public const int LargestBodyBytes = LargestPayloadBytes + 64;
}
