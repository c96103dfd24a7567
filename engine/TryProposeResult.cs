namespace RaftEngine;

/// <summary>What became of a call of <see cref="RaftNode{TResult}.TryPropose"/>.</summary>
public enum TryProposeResult
{
    /// <summary>The node has taken the command: await the task.</summary>
    Accepted = 0,

    /// <summary>The node does not lead, and does not forward. <see cref="RaftStatus.LeaderId"/> is where to go.</summary>
    NotLeader = 1,

    /// <summary>A bounded queue is full: try again after a pause.</summary>
    Overloaded = 2,

    /// <summary>The node has stopped.</summary>
    Stopped = 3,
}
