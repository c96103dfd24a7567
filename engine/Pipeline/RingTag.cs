namespace RaftEngine.Pipeline;

/// <summary>What a record of an <see cref="InboxRing"/> is.</summary>
internal enum RingTag
{
    /// <summary>Fills the end of the ring, where a record did not fit in one piece; skipped by the consumer.</summary>
    Padding = 0,

    /// <summary>A command; the argument is its operation's slot, the payload the command.</summary>
    Proposal = 1,

    /// <summary>A linearizable read; the argument is its operation's slot.</summary>
    Read = 2,

    /// <summary>A received message; the payload is the <see cref="Protocol.Message"/> and then its body.</summary>
    Message = 3,
}
