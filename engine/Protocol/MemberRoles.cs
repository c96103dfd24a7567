using System;

namespace RaftEngine.Protocol;

/// <summary>What a member is in a configuration. The value is the byte in the log; a member has at least one role.</summary>
[Flags]
public enum MemberRoles : byte
{
    /// <summary>Not a member.</summary>
    None = 0,

    /// <summary>Votes and counts: in a joint configuration, in its new half (Raft §6, C-new).</summary>
    Voter = 1,

    /// <summary>Votes and counts in the old half of a joint configuration (Raft §6, C-old).</summary>
    OutgoingVoter = 2,

    /// <summary>Gets the log, but neither votes nor counts (thesis §4.2.1). Never together with <see cref="Voter"/>.</summary>
    Learner = 4,

    /// <summary>Becomes a voter as soon as it has caught up. Only together with <see cref="Learner"/>.</summary>
    Promotable = 8,
}
