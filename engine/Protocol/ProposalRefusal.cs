namespace RaftEngine.Protocol;

/// <summary>Why a leader has not appended a command that another node sent it. The value is the byte on the wire.</summary>
public enum ProposalRefusal : byte
{
    /// <summary>It was appended.</summary>
    None = 0,

    /// <summary>The node does not lead any more, is handing over, or does not know the sender for a member. Never appended.</summary>
    NotLeader = 1,

    /// <summary>As many entries as the leader allows for are on their way. Never appended.</summary>
    Overloaded = 2,

    /// <summary>The leader's log has no room. Never appended.</summary>
    LogFull = 3,

    /// <summary>The command is larger than the leader takes. Never appended.</summary>
    TooLarge = 4,

    /// <summary>The leader has taken this number, or a higher one, from the sender before. It does not say what became of this command.</summary>
    Repeated = 5,
}
