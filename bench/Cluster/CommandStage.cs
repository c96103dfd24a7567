namespace RaftEngine.Bench.Cluster;

/// <summary>The stages of a command, on the node that leads. Their times follow each other, but for those that say otherwise.</summary>
internal enum CommandStage
{
    /// <summary>From the call to being taken from the ring by the loop.</summary>
    Inbox,

    /// <summary>Until the group that it is in is in the log's file.</summary>
    Append,

    /// <summary>Until the requests of the batch are with the transport.</summary>
    Send,

    /// <summary>Until the loop knows that a majority has it: the next three, or the node's own sync.</summary>
    Quorum,

    /// <summary>A part of the quorum: until the peer that makes the majority has taken it from the wire.</summary>
    ToPeer,

    /// <summary>A part of the quorum: until that peer answers; its inbox, its append and its sync.</summary>
    AtPeer,

    /// <summary>A part of the quorum: until the loop knows; the way back, the inbox, and whatever is left of the node's own sync.</summary>
    FromPeer,

    /// <summary>Beside send and quorum: from being in the file until this node's own sync has returned, where that was before the commit.</summary>
    OwnSync,

    /// <summary>Until the batch in which it was committed ends, and hands it to the apply stage: the next commands are written and sent meanwhile.</summary>
    Publish,

    /// <summary>Until it is applied: the way to the apply stage, what is in front of it, and its own apply.</summary>
    Apply,

    /// <summary>Until the caller has the result.</summary>
    Delivery,

    /// <summary>All of it.</summary>
    Total,
}
