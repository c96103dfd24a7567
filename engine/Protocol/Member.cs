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

    /// <summary>
    /// True if a data directory is this member. Where no incarnation is known yet, that is the directory that began the cluster under the member's id.
    /// </summary>
    /// <param name="incarnation">The directory's; 0 for one that takes no part in telling directories apart.</param>
    /// <param name="isFounder">True if the directory began the cluster with others, and has not been recovered since.</param>
    internal bool Is(ulong incarnation, bool isFounder) => incarnation == 0 || (Incarnation == 0 ? isFounder : Incarnation == incarnation);

    /// <summary>True if it is a learner that is to become a voter.</summary>
    public bool IsPromotable => (Roles & MemberRoles.Promotable) != 0;
}
