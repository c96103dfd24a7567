using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Consensus;

/// <summary>A schedule's lost disk: one voter, once, comes back under its id with nothing, as another incarnation.</summary>
internal sealed partial class RandomSchedule
{
    private const ulong WipedIncarnation = 999;

    private ulong _wiped;

    public int Wipes => _wiped == 0 ? 0 : 1;

    // Only where the promise holds: every node that could ask it for its vote knows its incarnation, and the other
    // voters are a majority by themselves, and agree on who they are. From then on only the calm at the end changes
    // members.
    private void WipeOne()
    {
        if (_wiped != 0 || _mayLoseTails || _nodes.Find(static node => node.Core.Role == Role.Leader) is not { } leader)
        {
            return;
        }

        Configuration configuration = leader.Configuration;
        ulong id = configuration.Voters[(int)_random.Below(configuration.Voters.Length)];
        bool isSettled = !configuration.IsJoint && configuration.Voters.Length >= 3
            && configuration.Members.All(static member => member.Incarnation != 0 && !member.IsPromotable)
            && configuration.Members.All(member => _nodes[(int)member.NodeId - 1].Configuration.Equals(configuration))
            && _nodes.All(node => !node.Configuration.IsVoter(node.Id) || !node.Configuration.IsVoter(id) || node.Configuration.Find(id).Incarnation != 0);
        if (isSettled)
        {
            _wiped = id;
            CoreNode node = _nodes[(int)_wiped - 1];

            // What it is told of the configuration that the cluster began with, which may be itself alone, does not matter to one that joins.
            node.Wipe(ClockOf(_wiped), WipedIncarnation);
            Record(node, 9);
        }
    }

    // What an operator does about it: out with the member that was, and in with the node that is there.
    private void ReplaceWiped()
    {
        if (_wiped == 0 || _nodes.Find(static node => node.Core.Role == Role.Leader) is not { } leader)
        {
            return;
        }

        Member member = leader.Configuration.Find(_wiped);
        Member[] others = [.. leader.Configuration.Members.Where(other => other.NodeId != _wiped)];
        if (leader.Configuration.IsJoint || (member.Roles != MemberRoles.None && member.Incarnation is WipedIncarnation or 0))
        {
            return;
        }

        leader.Change(member.Roles != MemberRoles.None
            ? new Configuration([.. others])
            : new Configuration([.. others, new Member(_wiped, MemberRoles.Learner | MemberRoles.Promotable)]));
    }
}
