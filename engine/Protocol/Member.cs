namespace RaftEngine.Protocol;

/// <summary>One member of a <see cref="Configuration"/>.</summary>
/// <param name="NodeId">The node, not 0.</param>
/// <param name="Roles">What it is.</param>
/// <param name="Incarnation">The random number of its data directory; 0: not known yet. Once it is known, a node that has the id but another
/// directory is not this member.</param>
public readonly record struct Member(ulong NodeId, MemberRoles Roles, ulong Incarnation = 0)
{
    /// <summary>True if it votes in either half.</summary>
    public bool Votes => (Roles & (MemberRoles.Voter | MemberRoles.OutgoingVoter)) != 0;

    /// <summary>True if it is a learner that is to become a voter.</summary>
    public bool IsPromotable => (Roles & MemberRoles.Promotable) != 0;
}
