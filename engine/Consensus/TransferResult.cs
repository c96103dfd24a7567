namespace RaftEngine.Consensus;

/// <summary>What became of a request to hand over leadership.</summary>
internal enum TransferResult : byte
{
    /// <summary>It is under way; it ends with this node stepping down, or after an election timeout with everything as before.</summary>
    Accepted = 0,

    /// <summary>Only a leader hands over leadership.</summary>
    NotLeader = 1,

    /// <summary>The target is no voter of the configuration in force, or only one that is about to leave.</summary>
    NotVoter = 2,

    /// <summary>The target leads already.</summary>
    AlreadyLeader = 3,

    /// <summary>Another transfer is under way.</summary>
    TransferInProgress = 4,

    /// <summary>The target, or, if none was named, every other voter, has not answered for an election timeout.</summary>
    NotReachable = 5,
}
