using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Consensus;

/// <summary>Several nodes on one clock with a network that delivers at once, except over the links that a test has cut and to the nodes that it has
/// stopped.</summary>
internal sealed class CoreCluster
{
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(1);

    private readonly List<Envelope> _network = [];
    private readonly HashSet<(ulong From, ulong To)> _cut = [];
    private readonly HashSet<ulong> _stopped = [];

    public CoreCluster(
        int voters,
        ulong seed = 1,
        Func<ulong, MemoryLog>? logOf = null,
        Func<ulong, HardState>? hardStateOf = null,
        int spares = 0,
        Func<CoreOptions, CoreOptions>? change = null)
    {
        // The spare nodes, with the ids that follow, are there, but no members.
        for (ulong id = 1; id <= (ulong)(voters + spares); id++)
        {
            CoreOptions options = CoreNode.OptionsOf(id, seed);
            Nodes.Add(new CoreNode(change is null ? options : change(options), CoreNode.Voters(voters), logOf?.Invoke(id), hardStateOf?.Invoke(id) ?? default));
        }
    }

    public List<CoreNode> Nodes { get; } = [];

    public TimeSpan Now { get; private set; }

    /// <summary>How many messages of each kind have been sent.</summary>
    public Dictionary<MessageKind, int> Sent { get; } = [];

    public CoreNode this[ulong id] => Nodes[(int)id - 1];

    /// <summary>The leader with the highest term among the running nodes, if any leads.</summary>
    public CoreNode? Leader => Nodes.Where(node => node.Core.Role == Role.Leader && !_stopped.Contains(node.Id)).MaxBy(static node => node.Term);

    public void Cut(ulong from, ulong to) => _cut.Add((from, to));

    public void Isolate(params ReadOnlySpan<ulong> group)
    {
        foreach (CoreNode a in Nodes)
        {
            foreach (CoreNode b in Nodes)
            {
                if (group.Contains(a.Id) != group.Contains(b.Id))
                {
                    Cut(a.Id, b.Id);
                }
            }
        }
    }

    public void Heal() => _cut.Clear();

    public void Stop(ulong id) => _stopped.Add(id);

    public void Restart(ulong id)
    {
        this[id].Restart(Now);
        _stopped.Remove(id);
    }

    /// <summary>Delivers messages until none is on its way.</summary>
    public void Settle()
    {
        for (int round = 0; round < 10_000; round++)
        {
            foreach (CoreNode node in Nodes.Where(node => !_stopped.Contains(node.Id)))
            {
                _network.AddRange(node.CollectEnvelopes());
            }

            if (_network.Count == 0)
            {
                return;
            }

            Envelope[] arriving = [.. _network];
            _network.Clear();
            foreach (Envelope envelope in arriving)
            {
                Sent[envelope.Message.Kind] = Sent.GetValueOrDefault(envelope.Message.Kind) + 1;
                bool arrives = !_cut.Contains((envelope.Message.From, envelope.Message.To)) && !_stopped.Contains(envelope.Message.To);
                if (arrives)
                {
                    this[envelope.Message.To].Step(envelope);
                }

                if (envelope.Message.Kind == MessageKind.InstallSnapshot)
                {
                    ReportSnapshot(envelope.Message, arrives);
                }
            }
        }

        throw new InvalidOperationException("The messages do not come to an end.");
    }

    /// <summary>A leader that a test has chosen, and that everyone follows.</summary>
    public CoreNode Lead(ulong id)
    {
        Campaign(id);
        Elapse(CoreNode.HeartbeatInterval * 2);
        return this[id].Core.Role == Role.Leader ? this[id] : throw new InvalidOperationException($"Node {id} does not lead.");
    }

    public void Elapse(TimeSpan time)
    {
        for (TimeSpan end = Now + time; Now < end;)
        {
            Now += s_step;
            foreach (CoreNode node in Nodes.Where(node => !_stopped.Contains(node.Id)))
            {
                node.Tick(Now);
            }

            Settle();
        }
    }

    /// <summary>Lets the time pass to one node's deadline, on which it alone acts, and everything that follows happen.</summary>
    public void Campaign(ulong id)
    {
        SetClocks(this[id].Core.NextDeadline);
        this[id].Tick(Now);
        Settle();
    }

    /// <summary>Sets all clocks forward, without anyone taking note yet.</summary>
    public void SetClocks(TimeSpan time)
    {
        Now = time > Now ? time : Now;
        foreach (CoreNode node in Nodes)
        {
            node.Now = Now;
        }
    }

    private void ReportSnapshot(in Message message, bool arrived)
    {
        if (arrived)
        {
            this[message.From].Core.ReportSnapshotSent(message.To, message.Index);
        }
        else
        {
            this[message.From].Core.ReportSnapshotFailed(message.To);
        }
    }

    /// <summary>Waits until there is a leader that a majority follows.</summary>
    public CoreNode ElectLeader()
    {
        for (int i = 0; i < 100; i++)
        {
            Elapse(CoreNode.ElectionTimeout / 10);
            if (Leader is { } leader && Nodes.Count(node => !_stopped.Contains(node.Id) && node.Core.LeaderId == leader.Id && node.Term == leader.Term) > Nodes.Count / 2)
            {
                return leader;
            }
        }

        throw new InvalidOperationException("No leader was elected within ten election timeouts.");
    }
}
