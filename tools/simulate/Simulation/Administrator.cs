using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;

namespace RaftEngine.Simulate.Simulation;

/// <summary>Changes who is a member and who leads, now and then. What it may take away for good it knows from seeing everything.</summary>
internal sealed class Administrator(SimulatedCluster cluster, Draw draw)
{
    private const int MostExtraMembers = 2;
    private const int MostAtOnce = 8;

    private readonly Dictionary<ulong, long> _outsideSince = [];

    public void Begin() => Later();

    private void Later() => cluster.Agenda.In(draw.Around(cluster.Plan.AdministersEvery), () =>
    {
        if (!cluster.IsHealed)
        {
            Administer();
            Later();
        }
    });

    private void Administer()
    {
        RetireOutsiders();
        if (cluster.Leader() is not { } leader || leader.Node.PausedUntil > cluster.Agenda.Now)
        {
            return;
        }

        Configuration configuration = leader.Core.Configuration.Configuration;
        if (cluster.Nodes.FirstOrDefault(static node => node.IsWiped) is { } wiped)
        {
            LetInAgain(leader, configuration, wiped);
        }
        else if (cluster.Plan.TransfersLeadership && draw.Chance(cluster.Plan.ChangesMembers ? 0.4 : 1))
        {
            Transfer(leader, configuration);
        }
        else if (cluster.Plan.ChangesMembers && !configuration.IsJoint)
        {
            Change(leader, Another(configuration));
            AskMore(MostAtOnce);
        }
    }

    private void Transfer(NodeLife leader, Configuration configuration)
    {
        if (leader.TransferLeadership(draw.Chance(0.5) ? 0 : draw.Of(configuration.Voters)) == TransferResult.Accepted)
        {
            cluster.Tally.Count(EventKind.Transfer);
            cluster.Trace.Say(0xF0, $"node {leader.Node.Id} hands over to {leader.Core.TransferTarget}");
        }
    }

    private void Change(NodeLife leader, Configuration? target)
    {
        if (target is not null && leader.ChangeConfiguration(target))
        {
            cluster.Tally.Count(EventKind.MembershipChange);
            cluster.Trace.Say(0xF1, $"node {leader.Node.Id} changes the configuration to {target}");
        }
    }

    // Other administrators ask at about the same time, and know nothing of each other.
    private void AskMore(int most)
    {
        for (long left = draw.Below(most); left > 0; left--)
        {
            cluster.Agenda.In(draw.Around(10 * cluster.Plan.MeanDelay), () =>
            {
                bool isSettled = !cluster.IsHealed && !cluster.Nodes.Any(static node => node.IsWiped);
                if (isSettled && cluster.Leader() is { } leader
                    && leader.Core.Configuration.Configuration is { IsJoint: false } now && Another(now) is { } target)
                {
                    leader.AskForChange(target);
                }
            });
        }
    }

    private Configuration? Another(Configuration now)
    {
        if (cluster.Plan.GrowsFromOne && now.Members.Length < 3)
        {
            return NewMember(now, MemberRoles.Learner | MemberRoles.Promotable) is { } second ? With(now, second) : null;
        }

        ulong voter = draw.Of(now.Voters);
        bool mayLose = now.Voters.Length > (cluster.Plan.GrowsFromOne ? 3 : Math.Min(3, cluster.FirstVoters.Length));
        switch (draw.Below(6))
        {
            case 0 or 1 when now.Members.Length < cluster.FirstVoters.Length + MostExtraMembers:
                return NewMember(now, draw.Chance(0.8) ? MemberRoles.Learner | MemberRoles.Promotable : MemberRoles.Learner) is { } learning ? With(now, learning) : null;
            case 2 when mayLose:
                return Without(now, voter);
            case 3 when mayLose:
                return With(now, now.Find(voter) with { Roles = MemberRoles.Learner });
            case 4 when !now.Learners.IsEmpty:
                ulong learner = draw.Of(now.Learners);
                return draw.Chance(0.5) ? With(now, now.Find(learner) with { Roles = MemberRoles.Voter }) : Without(now, learner);
            case 5 when now.Members.Length < cluster.FirstVoters.Length + MostExtraMembers:
                return NewMember(now, MemberRoles.Voter) is { } voting ? Without(With(now, voting), voter) : null;
            default:
                return null;
        }
    }

    // Null once the network has no place left: ids are never used again.
    private Member? NewMember(Configuration now, MemberRoles roles)
    {
        SimulatedNode? idle = cluster.Nodes.FirstOrDefault(
            node => _outsideSince.ContainsKey(node.Id) && !node.IsRetired && !node.IsStranger && now.Find(node.Id).Roles == MemberRoles.None);
        ulong id = idle?.Id ?? cluster.Nodes.Max(static node => node.Id) + 1;
        if (idle is null)
        {
            if (id >= SimulatedNetwork.MaxNodes)
            {
                return null;
            }

            cluster.Start(cluster.AddNode(id));
        }

        return new Member(id, roles);
    }

    // First the member that it was is removed, then it is added as one that has everything to learn (thesis §4.2.1).
    private void LetInAgain(NodeLife leader, Configuration now, SimulatedNode wiped)
    {
        Member member = now.Find(wiped.Id);
        bool isCommitted = leader.Core.Configuration.Index <= leader.Core.CommitIndex && !now.IsJoint;
        if (!isCommitted || wiped.Life is null)
        {
            return;
        }

        if (member.Roles == MemberRoles.None)
        {
            Change(leader, With(now, new Member(wiped.Id, MemberRoles.Learner | MemberRoles.Promotable)));
        }
        else if (member.Incarnation == 0 || member.Incarnation == wiped.Life.Incarnation)
        {
            bool isIn = member is { Incarnation: not 0, Votes: true } && leader.Core.CommitIndex == cluster.Invariants.CommitIndex;
            if (isIn)
            {
                wiped.Rejoined();
                cluster.Tally.Count(EventKind.Rejoin);
                cluster.Trace.Say(0xF2, $"node {wiped.Id} is in again");
            }
        }
        else
        {
            Change(leader, Without(now, wiped.Id));
        }
    }

    // A node that no configuration in force anywhere has, and has not had for a while, is taken away. It never comes back.
    private void RetireOutsiders()
    {
        if (cluster.Nodes.Any(static node => node is { IsRetired: false, Life: null }))
        {
            _outsideSince.Clear();
            return;
        }

        foreach (SimulatedNode node in cluster.Nodes.Where(static node => node is { IsRetired: false, IsWiped: false, IsStranger: false }).ToList())
        {
            bool isMember = cluster.Invariants.Configuration is not { } committed || committed.Find(node.Id).Roles != MemberRoles.None
                || cluster.Nodes.Any(other => other.Life is { } life && Knows(life, node.Id));
            if (isMember)
            {
                _outsideSince.Remove(node.Id);
            }
            else if (_outsideSince.TryAdd(node.Id, cluster.Agenda.Now) || cluster.Agenda.Now - _outsideSince[node.Id] < 5 * cluster.Plan.ElectionTimeout.Ticks)
            {
                continue;
            }
            else
            {
                _outsideSince.Remove(node.Id);
                node.Retire();
                cluster.Trace.Say(0xF3, $"node {node.Id} is taken away");
            }
        }
    }

    private static bool Knows(NodeLife life, ulong id) =>
        life.Node.Id != id && !life.Node.IsRetired &&
        (life.Core.Configuration.Configuration.Find(id).Roles != MemberRoles.None || life.IsAskedFor(id));

    private static Configuration With(Configuration configuration, Member member) =>
        new([.. configuration.Members.Where(other => other.NodeId != member.NodeId), member]);

    private static Configuration Without(Configuration configuration, ulong id) => new([.. configuration.Members.Where(other => other.NodeId != id)]);
}
