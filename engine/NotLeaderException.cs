using System;

namespace RaftEngine;

/// <summary>This node does not lead. The command was never appended: it is safe to send it to the leader.</summary>
public sealed class NotLeaderException : Exception
{
    /// <summary>An exception with a hint.</summary>
    /// <param name="leaderId">The leader this node knows of; 0 if none.</param>
    public NotLeaderException(ulong leaderId)
        : base(leaderId == 0 ? "This node does not lead, and knows no leader." : $"This node does not lead; node {leaderId} does.")
    {
        LeaderId = leaderId;
    }

    /// <summary>The leader this node knows of; 0 if it knows none.</summary>
    public ulong LeaderId { get; }
}
