namespace RaftEngine;

/// <summary>What a caller is ready to lose by <see cref="RaftRecovery.RecoverLostQuorumAsync"/>.</summary>
public enum AcceptedLoss
{
    /// <summary>Nothing: then there is nothing to be done but to bring back a majority of the voters.</summary>
    None = 0,

    /// <summary>Commands that were acknowledged, if only the nodes that are gone had them; and the assurance that a command that was never acknowledged has no effect: what the
    /// surviving node's log holds becomes committed.</summary>
    AcknowledgedCommands = 1,
}
