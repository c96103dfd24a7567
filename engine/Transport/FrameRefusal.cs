namespace RaftEngine.Transport;

/// <summary>Why a frame's header is refused, in the order in which it is checked.</summary>
internal enum FrameRefusal
{
    /// <summary>It is not.</summary>
    None = 0,

    /// <summary>It is not refused, but of a kind that this node does not know and may skip.</summary>
    Skipped,

    /// <summary>It does not start as a frame does.</summary>
    Magic,

    /// <summary>It is of another version of the protocol.</summary>
    Version,

    /// <summary>Its checksum does not match: it was damaged on the way.</summary>
    Checksum,

    /// <summary>Its own length is not that of this version.</summary>
    HeaderLength,

    /// <summary>Its kind is none of the protocol's.</summary>
    Kind,

    /// <summary>Flags or bytes that must be zero are not, or a code in it is none of this protocol's.</summary>
    Reserved,

    /// <summary>The body would make the frame longer than is permitted.</summary>
    BodyLength,

    /// <summary>It comes from another cluster.</summary>
    Cluster,

    /// <summary>It belongs to another group.</summary>
    Group,

    /// <summary>Its sender is not the node at the other end.</summary>
    From,

    /// <summary>It is meant for another node.</summary>
    To,

    /// <summary>A term or an index is negative.</summary>
    Negative,
}
