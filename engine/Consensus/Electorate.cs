using System;
using System.Numerics;
using RaftEngine.Protocol;

namespace RaftEngine.Consensus;

/// <summary>
/// Whose majority counts: the voters of a configuration, by their positions among its members. In a joint configuration there are two sets, and a
/// majority is one of each (Raft §6). The one place where votes, acknowledgments, read rounds and times are counted.
/// </summary>
internal readonly struct Electorate
{
    private readonly ulong _voters;
    private readonly ulong _outgoing; // 0: not joint

    public Electorate(Configuration configuration)
    {
        for (int i = 0; i < configuration.Members.Length; i++)
        {
            MemberRoles roles = configuration.Members[i].Roles;
            _voters |= (roles & MemberRoles.Voter) != 0 ? 1ul << i : 0;
            _outgoing |= (roles & MemberRoles.OutgoingVoter) != 0 ? 1ul << i : 0;
        }
    }

    /// <summary>True if a set of members has a majority.</summary>
    /// <param name="members">One bit for each, by position.</param>
    /// <returns>True if it has one of each set of voters.</returns>
    public bool IsMajority(ulong members) => IsMajorityOf(_voters, members) && (_outgoing == 0 || IsMajorityOf(_outgoing, members));

    /// <summary>True if a member is the only voter of either set.</summary>
    /// <param name="position">Its position; -1 is no member.</param>
    /// <returns>True if it needs no other member.</returns>
    public bool IsOnlyVoter(int position) => position >= 0 && (_voters | _outgoing) == 1ul << position;

    /// <summary>True if a set of members has all voters, of both sets.</summary>
    /// <param name="members">One bit for each, by position.</param>
    /// <returns>True if none is missing.</returns>
    public bool IsEveryone(ulong members) => ((_voters | _outgoing) & ~members) == 0;

    /// <summary>True if a member votes, in either set.</summary>
    /// <param name="position">Its position; -1 is no member.</param>
    /// <returns>True if it does.</returns>
    public bool IsVoter(int position) => position >= 0 && ((_voters | _outgoing) >> position & 1) != 0;

    /// <summary>The highest value that a majority has reached.</summary>
    /// <param name="values">One value for each member, by position; left as they are.</param>
    /// <returns>The value: in a joint configuration the lower one of the two sets.</returns>
    public long Reached(ReadOnlySpan<long> values)
    {
        long reached = ReachedBy(_voters, values);
        return _outgoing == 0 ? reached : Math.Min(reached, ReachedBy(_outgoing, values));
    }

    private static bool IsMajorityOf(ulong voters, ulong members) => BitOperations.PopCount(voters & members) > BitOperations.PopCount(voters) / 2;

    private static long ReachedBy(ulong voters, ReadOnlySpan<long> values)
    {
        Span<long> counted = stackalloc long[Configuration.MaxVoters];
        int count = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if ((voters >> i & 1) != 0)
            {
                counted[count++] = values[i];
            }
        }

        return Quorum.Reached(counted[..count]);
    }
}
