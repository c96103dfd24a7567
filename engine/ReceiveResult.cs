namespace RaftEngine;

/// <summary>What a node did with a received message.</summary>
public enum ReceiveResult
{
    /// <summary>Taken.</summary>
    Accepted = 0,

    /// <summary>The inbox is full: offer the message again after a moment (and read nothing more from that peer until then), or drop it.</summary>
    Busy = 1,

    /// <summary>The body is damaged or not what the message says: drop the connection it came by.</summary>
    Malformed = 2,

    /// <summary>The node has stopped.</summary>
    Stopped = 3,
}
