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

    /// <summary>A linearizable read under the leader's lease; the argument is its operation's slot.</summary>
    LeaseRead = 4,

    /// <summary>A read of a bounded staleness; the argument is its operation's slot, the payload the bound in ticks.</summary>
    StaleRead = 5,

    /// <summary>A change of the members; the argument is its operation's slot, the payload the configuration.</summary>
    Change = 6,

    /// <summary>A transfer of leadership; the argument is its operation's slot, the payload the node that is to lead.</summary>
    Transfer = 7,

    /// <summary>What a client session does; the argument is its operation's slot, the payload the entry's, its time still to be written.</summary>
    Session = 8,

    /// <summary>A snapshot of what is applied by now; the argument is its operation's slot.</summary>
    Snapshot = 12,

    /// <summary>A received message; the payload is the <see cref="Protocol.Message"/> and then its body.</summary>
    Message = 3,

    /// <summary>A received message whose body is too large for the ring, and waits beside it; the payload is the <see cref="Protocol.Message"/>.</summary>
    LargeMessage = 13,
}
