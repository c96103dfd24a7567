using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Consensus;

/// <summary>
/// A schedule drawn from a seed: messages lost, repeated, late and out of order, links cut, nodes crashed and restarted in the middle of a batch,
/// slow disks, clocks that go apart, logs compacted, a disk lost, proposals, reads, changes of the configuration and transfers of leadership; then
/// the faults stop, and the cluster must come to rest. The same seed gives the same schedule, and one hash over everything that happened.
/// </summary>
internal sealed partial class RandomSchedule
{
    private readonly ulong _seed;
    private readonly List<CoreNode> _nodes = [];
    private readonly List<(TimeSpan Offset, long Rate)> _clocks = [];
    private readonly ClusterInvariants _invariants;
    private readonly List<Envelope> _network = [];
    private readonly HashSet<(ulong From, ulong To)> _cut = [];
    private SplitMix64 _random;
    private TimeSpan _now;
    private long _nextValue = 1;
    private readonly bool _mayLoseTails; // drawn: what is written is acknowledged
    private readonly HashSet<ulong> _haveLostPower = [];

    public RandomSchedule(ulong seed)
    {
        _seed = seed;
        _random = new SplitMix64(seed);
        int voters = (int)(1 + _random.Below(5));
        int spares = (int)_random.Below(3);
        ulong incarnations = (ulong)_random.Below(2);
        _mayLoseTails = _random.Below(3) == 0;
        for (ulong id = 1; id <= (ulong)(voters + spares); id++)
        {
            // Rates within 2% of true time: two clocks go apart by less than the tenth that leases allow for.
            _clocks.Add((TimeSpan.FromMilliseconds(_random.Below(1000)), 980 + _random.Below(41)));
            CoreOptions options = CoreNode.OptionsOf(id, seed) with
            {
                Incarnation = incarnations * (id + 100),
                ElectionPriority = (int)_random.Below(11),
                IsFounder = id <= (ulong)voters,
                MayLoseTail = _mayLoseTails,
            };
            MemoryLog log = new() { CountsWritten = _mayLoseTails };
            _nodes.Add(new CoreNode(options, CoreNode.Voters(voters), log, now: ClockOf(id)) { SyncsAtOnce = false });
        }

        _invariants = new ClusterInvariants(_nodes);
    }

    public ulong TraceHash { get; private set; } = 14695981039346656037;

    public long Committed => _invariants.CommitIndex;

    public int Elections => _invariants.Leaders;

    public int LeaseReads => _invariants.LeaseReads;

    public int ReadsConfirmed { get; private set; }

    public int ForwardedReadsAnswered { get; private set; }

    public int ChangesBegun { get; private set; }

    public int TransfersBegun { get; private set; }

    public int SnapshotsInstalled { get; private set; }

    /// <summary>How often a node has lost what it may have acknowledged.</summary>
    public int PowerLosses { get; private set; }

    /// <summary>Runs so many steps with faults, and then until all is quiet.</summary>
    public void Run(int steps)
    {
        int step = 0;
        try
        {
            // Rates of their own for every seed, so that some are calm and some are wild.
            int crashes = (int)_random.Below(12);
            int cuts = (int)_random.Below(15);
            int losses = (int)_random.Below(300);
            int repeats = (int)_random.Below(200);
            for (; step < steps; step++)
            {
                Act(crashes, cuts, losses, repeats);
            }

            Calm();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Seed {_seed}, step {step}, {_nodes.Count} nodes: {exception.Message}", exception);
        }
    }

    private TimeSpan ClockOf(ulong id) => _clocks[(int)id - 1].Offset + (_now * _clocks[(int)id - 1].Rate / 1000);

    private void Act(int crashes, int cuts, int losses, int repeats)
    {
        CoreNode node = _nodes[(int)_random.Below(_nodes.Count)];
        node.Now = ClockOf(node.Id);
        long draw = _random.Below(1000);
        if (draw < crashes && (_mayLoseTails || _random.Below(4) == 0))
        {
            Crash(node);
            Record(node, 1);
        }
        else if (draw < 12 + (cuts / 4))
        {
            ChangeLinks(cuts);
        }
        else if (draw < 550)
        {
            Deliver(losses, repeats);
        }
        else if (draw < 620)
        {
            Propose(node);
        }
        else if (draw < 650)
        {
            RequestRead(node);
        }
        else if (draw < 720)
        {
            node.CompleteSync();
            Record(node, 2);
        }
        else if (draw < 870)
        {
            EndBatch(node);
        }
        else if (draw < 900)
        {
            Manage(node);
        }
        else
        {
            _now += TimeSpan.FromMilliseconds(_random.Below(6));
            node.Tick(ClockOf(node.Id));
            Record(node, 3);
        }
    }

    // Where a loss of power may take what was acknowledged, one node at a time loses some, and only where that is less than a majority.
    private void Crash(CoreNode node)
    {
        bool losesPower = !_mayLoseTails
            || (_nodes.TrueForAll(other => !other.Core.IsTailInDoubt || !_haveLostPower.Contains(other.Id))
                && _nodes.TrueForAll(static other => other.Configuration is { IsJoint: false, Voters.Length: >= 3 }));
        if (losesPower)
        {
            PowerLosses += _mayLoseTails ? 1 : 0;
            _haveLostPower.Clear();
            _haveLostPower.Add(node.Id);
            node.Restart(ClockOf(node.Id), _random.Below(6));
        }
        else
        {
            node.Reopen(ClockOf(node.Id));
        }
    }

    private void ChangeLinks(int cuts)
    {
        if (_random.Below(40) >= cuts)
        {
            _cut.Clear();
            return;
        }

        ulong from = 1 + (ulong)_random.Below(_nodes.Count);
        foreach (CoreNode node in _nodes)
        {
            // One-way cuts included.
            if (_random.Below(3) > 0)
            {
                _cut.Add((from, node.Id));
            }

            if (_random.Below(3) > 0)
            {
                _cut.Add((node.Id, from));
            }
        }
    }

    private void Deliver(int losses, int repeats)
    {
        if (_network.Count == 0)
        {
            return;
        }

        // Any of the oldest messages is next: mostly in order, now and then very late.
        int position = (int)_random.Below(_random.Below(4) == 0 ? _network.Count : Math.Min(_network.Count, 3));
        Envelope envelope = _network[position];
        Message message = envelope.Message;
        bool lost = _random.Below(1000) < losses || _cut.Contains((message.From, message.To));
        if (_random.Below(1000) >= repeats)
        {
            _network.RemoveAt(position);
        }

        if (lost)
        {
            ReportSnapshot(envelope, arrived: false);
        }
        else
        {
            Arrive(envelope);
        }
    }

    private void Arrive(Envelope envelope)
    {
        Message message = envelope.Message;
        CoreNode receiver = _nodes[(int)message.To - 1];
        receiver.Now = ClockOf(receiver.Id);
        SnapshotsInstalled += receiver.Step(envelope).ResetLog ? 1 : 0;
        Record(receiver, ((long)message.Kind << 32) ^ (message.Index << 8) ^ (long)message.From);
        ReportSnapshot(envelope, arrived: true);
    }

    // The carrier of a snapshot reports its outcome.
    private void ReportSnapshot(Envelope envelope, bool arrived)
    {
        if (envelope.Message.Kind != MessageKind.InstallSnapshot)
        {
            return;
        }

        RaftCore sender = _nodes[(int)envelope.Message.From - 1].Core;
        if (arrived)
        {
            sender.ReportSnapshotSent(envelope.Message.To, envelope.Message.Index);
        }
        else
        {
            sender.ReportSnapshotFailed(envelope.Message.To);
        }
    }

    private void Propose(CoreNode node)
    {
        for (long count = 1 + _random.Below(6); count > 0; count--)
        {
            node.Propose(_nextValue++);
        }

        Record(node, 4);
    }

    // What an operator does: changes of the members, transfers, compaction.
    private void Manage(CoreNode node)
    {
        if (_random.Below(4) > 0)
        {
            node = _nodes.Find(static other => other.Core.Role == Role.Leader) ?? node;
        }

        switch (_random.Below(7))
        {
            case 0:
                long compacted = Math.Min(Math.Min(node.Core.CommitIndex, node.Log.DurableIndex), node.Log.LastIndex) - _random.Below(10);
                if (compacted >= node.Log.FirstIndex)
                {
                    node.Log.CompactTo(compacted);
                }

                break;
            case 1:
                TransfersBegun += node.Core.TransferLeadership((ulong)_random.Below(_nodes.Count + 1)) == TransferResult.Accepted ? 1 : 0;
                break;
            case 2:
                WipeOne();
                break;
            default:
                ChangeMembers(node);
                break;
        }

        Record(node, 8);
    }

    private void ChangeMembers(CoreNode node)
    {
        if (_wiped != 0)
        {
            return;
        }

        Dictionary<ulong, Member> members = node.Configuration.Members.ToDictionary(static member => member.NodeId);
        for (long count = 1 + _random.Below(_random.Below(3) == 0 ? 12 : 3); count > 0; count--)
        {
            ulong id = 1 + (ulong)_random.Below(_nodes.Count);
            MemberRoles roles = (MemberRoles[])[MemberRoles.None, MemberRoles.Voter, MemberRoles.Learner, MemberRoles.Learner | MemberRoles.Promotable] is var all
                ? all[_random.Below(all.Length)] : default;
            members[id] = new Member(id, roles);
        }

        Member[] target = [.. members.Values.Select(static m => m with { Roles = m.Roles & ~MemberRoles.OutgoingVoter }).Where(static m => m.Roles != MemberRoles.None)];
        if (target.Any(static member => member.Votes))
        {
            ChangesBegun += node.Change(new Configuration([.. target])) == ChangeResult.Accepted ? 1 : 0;
        }
    }

    private void EndBatch(CoreNode node)
    {
        foreach (Envelope envelope in node.CollectEnvelopes())
        {
            _invariants.OnSent(node, envelope.Message);
            _network.Add(envelope);
        }

        // The next sync takes what this batch has appended; it completes when the schedule says so.
        node.Log.StartSync();
        for (int lost = _network.Count > 300 ? 100 : 0; lost > 0; lost--)
        {
            ReportSnapshot(_network[0], arrived: false);
            _network.RemoveAt(0);
        }

        Record(node, 5);
    }

    private void Record(CoreNode node, long what)
    {
        _invariants.Check(node);
        foreach (CoreNode other in _nodes)
        {
            other.Now = ClockOf(other.Id);
            _invariants.CheckLease(other);
        }

        CheckReads(node);
        foreach (long value in (ReadOnlySpan<long>)[what, (long)node.Id, node.Term, (long)node.Core.Role, node.Core.CommitIndex, node.Log.LastIndex, node.Core.NextDeadline.Ticks])
        {
            TraceHash = (TraceHash ^ (ulong)value) * 1099511628211;
        }
    }

    // Faults stop: within twenty election timeouts (more if a member is to be replaced) there is one leader, and the logs of its members are equal
    // and committed to the end.
    private void Calm()
    {
        _cut.Clear();
        TimeSpan end = _now + (CoreNode.ElectionTimeout * (_wiped == 0 ? 20 : 40));
        while (Unrest() is { } unrest)
        {
            if (_now > end)
            {
                throw new InvalidOperationException($"Long after the faults have stopped: {unrest}.");
            }

            _now += TimeSpan.FromMilliseconds(1);
            ReplaceWiped();
            PassCalmly();
        }
    }

    private void PassCalmly()
    {
        foreach (CoreNode node in _nodes)
        {
            node.Tick(ClockOf(node.Id));
            Record(node, 6);
        }

        Envelope[] arriving = [.. _network];
        _network.Clear();
        foreach (Envelope envelope in arriving)
        {
            Arrive(envelope);
        }

        foreach (CoreNode node in _nodes)
        {
            node.CompleteSync();
            Record(node, 2);
            EndBatch(node);
        }
    }

    // What is still missing; null once the cluster is at rest.
    private string? Unrest()
    {
        CoreNode[] leaders = [.. _nodes.Where(static node => node.Core.Role == Role.Leader)];
        if (leaders.Length != 1)
        {
            return $"{leaders.Length} leaders: " + string.Join("; ", _nodes.Select(static node =>
                $"{node.Id} {node.Core.Role} term {node.Term} log {node.Log.LastIndex} commit {node.Core.CommitIndex} of {node.Core.Configuration}"));
        }

        CoreNode leader = leaders[0];
        if (_wiped != 0 && leader.Configuration.Find(_wiped) is not { Roles: MemberRoles.Voter, Incarnation: WipedIncarnation })
        {
            return $"node {_wiped} is not back in {leader.Configuration}";
        }

        if (leader.Configuration.IsJoint || !leader.Configuration.IsVoter(leader.Id) || leader.Configuration.Members.Any(static member => member.IsPromotable))
        {
            return $"the configuration is still {leader.Configuration}, with leader {leader.Id}";
        }

        foreach (CoreNode node in leader.Configuration.Members.Select(member => _nodes[(int)member.NodeId - 1]))
        {
            if (node.Core.CommitIndex != leader.Log.LastIndex || node.Core.LeaderId != leader.Id || !node.Log.Entries.SequenceEqual(leader.Log.Entries))
            {
                return $"node {node.Id} is at {node.Log.LastIndex}, committed {node.Core.CommitIndex}, term {node.Term}; "
                    + $"the leader {leader.Id} at {leader.Log.LastIndex}, term {leader.Term}, with {leader.Configuration}";
            }
        }

        return null;
    }
}
