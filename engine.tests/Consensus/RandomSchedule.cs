using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Consensus;

/// <summary>
/// A schedule drawn from a seed: messages lost, repeated, late and out of order, links cut, nodes crashed and restarted in the middle of a batch, slow disks, proposals and reads;
/// then the faults stop, and the cluster must come to rest. The same seed gives the same schedule, and one hash over everything that happened.
/// </summary>
internal sealed class RandomSchedule
{
    private readonly ulong _seed;
    private readonly List<CoreNode> _nodes = [];
    private readonly ClusterInvariants _invariants;
    private readonly List<Envelope> _network = [];
    private readonly HashSet<(ulong From, ulong To)> _cut = [];
    private readonly List<(ulong Node, RaftCore Core, long Term, ulong Round, long ReadIndex, long CommittedBefore)> _reads = [];
    private SplitMix64 _random;
    private TimeSpan _now;
    private long _nextValue = 1;

    public RandomSchedule(ulong seed)
    {
        _seed = seed;
        _random = new SplitMix64(seed);
        int voters = (int)(1 + _random.Below(5));
        for (ulong id = 1; id <= (ulong)voters; id++)
        {
            _nodes.Add(new CoreNode(CoreNode.OptionsOf(id, seed), CoreNode.Voters(voters)) { SyncsAtOnce = false });
        }

        _invariants = new ClusterInvariants(_nodes);
    }

    public ulong TraceHash { get; private set; } = 14695981039346656037;

    public long Committed => _invariants.CommitIndex;

    public int Elections => _invariants.Leaders;

    public int ReadsConfirmed { get; private set; }

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

    private void Act(int crashes, int cuts, int losses, int repeats)
    {
        CoreNode node = _nodes[(int)_random.Below(_nodes.Count)];
        long draw = _random.Below(1000);
        if (draw < crashes)
        {
            node.Restart(_now, _random.Below(6));
            Record(node, 1);
        }
        else if (draw < 20 + cuts)
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
        else if (draw < 900)
        {
            EndBatch(node);
        }
        else
        {
            _now += TimeSpan.FromMilliseconds(_random.Below(12));
            node.Tick(_now);
            Record(node, 3);
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

        if (!lost)
        {
            CoreNode receiver = _nodes[(int)message.To - 1];
            receiver.Now = _now;
            receiver.Step(envelope);
            Record(receiver, ((long)message.Kind << 32) ^ (message.Index << 8) ^ (long)message.From);
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

    private void RequestRead(CoreNode node)
    {
        if (node.Core.TryRequestRead(out ulong round, out long readIndex))
        {
            _reads.Add((node.Id, node.Core, node.Term, round, readIndex, _invariants.CommitIndex));
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
        if (_network.Count > 300)
        {
            _network.RemoveRange(0, 100);
        }

        Record(node, 5);
    }

    private void Record(CoreNode node, long what)
    {
        _invariants.Check(node);
        CheckReads(node);
        foreach (long value in (ReadOnlySpan<long>)[what, (long)node.Id, node.Term, (long)node.Core.Role, node.Core.CommitIndex, node.Log.LastIndex, node.Core.NextDeadline.Ticks])
        {
            TraceHash = (TraceHash ^ (ulong)value) * 1099511628211;
        }
    }

    // A confirmed read sees everything that was committed anywhere before it was asked for. One whose term has passed is void.
    private void CheckReads(CoreNode node)
    {
        for (int i = _reads.Count - 1; i >= 0; i--)
        {
            var read = _reads[i];
            if (read.Node != node.Id)
            {
                continue;
            }

            if (!ReferenceEquals(read.Core, node.Core) || node.Core.Role != Role.Leader || node.Term != read.Term)
            {
                _reads.RemoveAt(i);
            }
            else if (node.Core.ConfirmedReadRound >= read.Round)
            {
                ReadsConfirmed++;
                _reads.RemoveAt(i);
                if (read.ReadIndex < read.CommittedBefore)
                {
                    throw new InvalidOperationException($"Node {node.Id} confirmed a read at {read.ReadIndex}, but {read.CommittedBefore} was committed when it was asked for");
                }
            }
        }
    }

    // Faults stop: within twenty election timeouts there is one leader, and all logs are equal and committed to the end.
    private void Calm()
    {
        _cut.Clear();
        TimeSpan end = _now + (CoreNode.ElectionTimeout * 20);
        while (Unrest() is { } unrest)
        {
            if (_now > end)
            {
                throw new InvalidOperationException($"Twenty election timeouts after the faults have stopped: {unrest}.");
            }

            _now += TimeSpan.FromMilliseconds(1);
            PassCalmly();
        }
    }

    private void PassCalmly()
    {
        foreach (CoreNode node in _nodes)
        {
            node.Tick(_now);
            Record(node, 6);
        }

        Envelope[] arriving = [.. _network];
        _network.Clear();
        foreach (Envelope envelope in arriving)
        {
            CoreNode receiver = _nodes[(int)envelope.Message.To - 1];
            receiver.Step(envelope);
            Record(receiver, 7);
        }

        foreach (CoreNode node in _nodes)
        {
            node.CompleteSync();
            EndBatch(node);
        }
    }

    // What is still missing; null once the cluster is at rest.
    private string? Unrest()
    {
        CoreNode[] leaders = [.. _nodes.Where(static node => node.Core.Role == Role.Leader)];
        if (leaders.Length != 1)
        {
            return $"{leaders.Length} leaders";
        }

        CoreNode leader = leaders[0];
        foreach (CoreNode node in _nodes)
        {
            if (node.Core.CommitIndex != leader.Log.LastIndex || node.Core.LeaderId != leader.Id || !node.Log.Entries.SequenceEqual(leader.Log.Entries))
            {
                return $"node {node.Id} is at {node.Log.LastIndex}, committed {node.Core.CommitIndex}, term {node.Term}; "
                    + $"the leader {leader.Id} at {leader.Log.LastIndex}, term {leader.Term}";
            }
        }

        return null;
    }
}
