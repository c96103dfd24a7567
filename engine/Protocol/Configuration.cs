using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;

namespace RaftEngine.Protocol;

/// <summary>
/// The members of a cluster: which nodes vote, and which only learn. Immutable; a membership change is a new configuration. One that is joint has two
/// sets of voters, and whatever needs a majority needs one of each (Raft §6).
/// </summary>
public sealed class Configuration : IEquatable<Configuration>
{
    /// <summary>The most voters a set may have. Larger quorums cost latency and buy nothing (Raft §6 assumes a handful).</summary>
    public const int MaxVoters = 15;

    /// <summary>The most members of all kinds: two full sets of voters and ten learners, so that a configuration fits into the smallest entry that a
    /// log may be limited to.</summary>
    public const int MaxMembers = 40;

    /// <summary>A configuration of these voters.</summary>
    /// <param name="voters">The ids of the voting nodes: 1 to <see cref="MaxVoters"/> of them, none 0, no two equal.</param>
    /// <exception cref="ArgumentException">There are too few or too many voters, one is 0, or two are equal.</exception>
    public Configuration(params ReadOnlySpan<ulong> voters)
        : this([.. voters.ToArray().Select(static id => new Member(id, MemberRoles.Voter))])
    {
    }

    /// <summary>A configuration of these members.</summary>
    /// <param name="members">The members, in any order.</param>
    /// <exception cref="ArgumentException">It is none that a log may hold; the message says why.</exception>
    public Configuration(ImmutableArray<Member> members)
    {
        Members = members.Sort(static (a, b) => a.NodeId.CompareTo(b.NodeId));
        Voters = With(MemberRoles.Voter);
        OutgoingVoters = With(MemberRoles.OutgoingVoter);
        Learners = With(MemberRoles.Learner);
        if (WhyInvalid(Members) is { } why)
        {
            throw new ArgumentException(why, nameof(members));
        }
    }

    /// <summary>All members, ascending by their id.</summary>
    public ImmutableArray<Member> Members { get; }

    /// <summary>The ids of the voting nodes, ascending; in a joint configuration, those of its new half.</summary>
    public ImmutableArray<ulong> Voters { get; }

    /// <summary>The ids of the voters of a joint configuration's old half, ascending; empty if it is not joint.</summary>
    public ImmutableArray<ulong> OutgoingVoters { get; }

    /// <summary>The ids of the nodes that get the log, but do not vote; ascending.</summary>
    public ImmutableArray<ulong> Learners { get; }

    /// <summary>
    /// True if no majority has agreed on it: an administrator imposed it, after a lost quorum or with the state of a backup. Entries that were acknowledged before may be
    /// missing in its log. The next change of the members, which is agreed on, leads to one that is not.
    /// </summary>
    public bool IsImposed { get; init; }

    /// <summary>True if it has two sets of voters: a change is under way.</summary>
    public bool IsJoint => !OutgoingVoters.IsEmpty;

    /// <summary>True if the node votes in this configuration, in either half.</summary>
    /// <param name="nodeId">A node id.</param>
    /// <returns>True if <paramref name="nodeId"/> is one of <see cref="Voters"/> or of <see cref="OutgoingVoters"/>.</returns>
    public bool IsVoter(ulong nodeId) => Find(nodeId).Votes;

    /// <summary>The member of an id.</summary>
    /// <param name="nodeId">A node id.</param>
    /// <returns>The member; one without roles if the node is none.</returns>
    public Member Find(ulong nodeId)
    {
        foreach (Member member in Members)
        {
            if (member.NodeId == nodeId)
            {
                return member;
            }
        }

        return new Member(nodeId, MemberRoles.None);
    }

    /// <summary>The first step from this configuration to another (Raft §6, C-old,new): joint, unless the voters stay the same. What is known of a
    /// member's incarnation stays.</summary>
    /// <param name="target">Where the change leads; not joint, and neither is this one.</param>
    /// <returns>The configuration to put into the log first; null if both together have more than <see cref="MaxMembers"/>.</returns>
    /// <exception cref="ArgumentException">One of the two is joint.</exception>
    public Configuration? StepTo(Configuration target)
    {
        if (IsJoint || target.IsJoint)
        {
            throw new ArgumentException("A change leads from one configuration that is not joint to another.", nameof(target));
        }

        bool sameVoters = Voters.SequenceEqual(target.Voters);
        SortedDictionary<ulong, Member> members = [];
        foreach (Member member in target.Members)
        {
            Member known = Find(member.NodeId);
            members[member.NodeId] = known.Incarnation == 0 ? member : member with { Incarnation = known.Incarnation };
        }

        foreach (Member member in Members.Where(member => member.Votes && !sameVoters))
        {
            Member kept = members.GetValueOrDefault(member.NodeId, member with { Roles = MemberRoles.None });
            members[member.NodeId] = kept with { Roles = kept.Roles | MemberRoles.OutgoingVoter };
        }

        return members.Count > MaxMembers ? null : new Configuration([.. members.Values]);
    }

    /// <summary>The last step of a change (Raft §6, C-new): a joint configuration without its old half.</summary>
    /// <returns>The new half and the learners.</returns>
    public Configuration LeaveJoint() => new(
        [.. Members.Select(static member => member with { Roles = member.Roles & ~MemberRoles.OutgoingVoter }).Where(static member => member.Roles != MemberRoles.None)]);

    /// <inheritdoc/>
    public bool Equals(Configuration? other) => other is not null && IsImposed == other.IsImposed && Members.AsSpan().SequenceEqual(other.Members.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Configuration);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(IsImposed);
        foreach (Member member in Members)
        {
            hash.Add(member);
        }

        return hash.ToHashCode();
    }

    /// <summary>The ids in one line: voters, after a bar the old half if it is joint, after a plus the learners, with an asterisk those to be
    /// promoted; and whether it was imposed.</summary>
    /// <returns>For example "1 2 4 | 1 2 3 + 5 6*", or "1 (imposed)".</returns>
    public override string ToString()
    {
        string voters = string.Join(' ', Voters);
        string outgoing = IsJoint ? $" | {string.Join(' ', OutgoingVoters)}" : "";
        string learners = Learners.IsEmpty ? "" : $" + {string.Join(' ', Learners.Select(id => Find(id).IsPromotable ? $"{id}*" : $"{id}"))}";
        return voters + outgoing + learners + (IsImposed ? " (imposed)" : "");
    }

    private ImmutableArray<ulong> With(MemberRoles role) => [.. Members.Where(member => (member.Roles & role) != 0).Select(static member => member.NodeId)];

    private string? WhyInvalid(ImmutableArray<Member> members)
    {
        if (Voters.Length is < 1 or > MaxVoters || OutgoingVoters.Length > MaxVoters || members.Length > MaxMembers)
        {
            return $"A configuration has 1 to {MaxVoters} voters, up to {MaxVoters} outgoing voters, and {MaxMembers} members in all; "
                + $"this one has {Voters.Length}, {OutgoingVoters.Length} and {members.Length}.";
        }

        for (int i = 0; i < members.Length; i++)
        {
            Member member = members[i];
            if (member.NodeId == 0 || (i > 0 && member.NodeId == members[i - 1].NodeId))
            {
                return $"Node ids are distinct and not 0; {member.NodeId} is not allowed here.";
            }

            bool learns = (member.Roles & MemberRoles.Learner) != 0;
            bool both = learns && (member.Roles & MemberRoles.Voter) != 0;
            if (member.Roles is MemberRoles.None or > (MemberRoles)15 || both || (member.IsPromotable && !learns))
            {
                return $"Node {member.NodeId} cannot have the roles {member.Roles}.";
            }
        }

        return null;
    }
}
