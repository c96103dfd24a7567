using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Consensus.Golden;

/// <summary>
/// A cluster of cores that does nothing by itself: time passes, messages arrive and disks work when a command says so. Each command's output is the
/// messages sent, and what has changed on any node; <see cref="GoldenCommands"/> lists the commands.
/// </summary>
internal sealed class GoldenCluster
{
    private readonly SortedDictionary<ulong, CoreNode> _nodes = [];
    private readonly HashSet<ulong> _stopped = [];
    private readonly HashSet<ulong> _isolated = [];
    private readonly Dictionary<ulong, ulong> _firstNumbers = [];
    private readonly Dictionary<ulong, string> _shown = [];
    private readonly List<Envelope> _network = [];
    private readonly List<string> _output = [];

    public CoreNode this[ulong id] => _nodes[id];

    public TimeSpan Now { get; private set; }

    /// <summary>Numbers of a follower's reads, counted from its start.</summary>
    public ulong FirstNumberOf(ulong id) => _firstNumbers[id];

    public void Add(CoreNode node)
    {
        _nodes.Add(node.Id, node);
        Started(node);
    }

    public void Say(string line) => _output.Add(line);

    /// <summary>What has been said since it was last taken, and the new state of every node that has another one than it had then.</summary>
    public IEnumerable<string> TakeOutput()
    {
        foreach (CoreNode node in _nodes.Values)
        {
            string state = Summary(node);
            if (_shown.GetValueOrDefault(node.Id) != state)
            {
                _shown[node.Id] = state;
                _output.Add(state);
            }
        }

        string[] output = [.. _output];
        _output.Clear();
        return output;
    }

    public void Elapse(TimeSpan time)
    {
        SetClocks(Now + time);
        foreach (CoreNode node in _nodes.Values.Where(IsRunning))
        {
            node.Tick(Now);
            EndBatch(node);
        }
    }

    /// <summary>Lets the time pass to one node's deadline, on which it alone acts.</summary>
    public void Campaign(ulong id)
    {
        SetClocks(this[id].Core.NextDeadline);
        this[id].Tick(Now);
        EndBatch(this[id]);
    }

    /// <summary>Delivers what is on its way on some links, and nothing of what follows from it.</summary>
    public void Deliver(Func<Message, bool> takes)
    {
        Envelope[] arriving = [.. _network.Where(envelope => takes(envelope.Message))];
        _network.RemoveAll(envelope => takes(envelope.Message));
        foreach (Envelope envelope in arriving)
        {
            CoreNode receiver = this[envelope.Message.To];
            bool arrives = IsRunning(receiver) && !_isolated.Contains(envelope.Message.From) && !_isolated.Contains(envelope.Message.To);
            if (arrives)
            {
                receiver.Step(envelope);
            }

            ReportSnapshot(envelope.Message, arrives);
        }

        foreach (CoreNode node in _nodes.Values.Where(IsRunning))
        {
            EndBatch(node);
        }
    }

    /// <summary>Delivers until nothing is on its way.</summary>
    public void Settle()
    {
        for (int rounds = 0; _network.Count > 0; rounds++)
        {
            if (rounds == 100)
            {
                throw new ArgumentException("the messages do not come to an end");
            }

            Deliver(static _ => true);
        }
    }

    public void Drop(Func<Message, bool> takes)
    {
        foreach (Envelope envelope in _network.Where(envelope => takes(envelope.Message)))
        {
            ReportSnapshot(envelope.Message, arrived: false);
        }

        _network.RemoveAll(envelope => takes(envelope.Message));
    }

    /// <summary>What is on its way on some links will arrive twice.</summary>
    public void Repeat(Func<Message, bool> takes) => _network.AddRange([.. _network.Where(envelope => takes(envelope.Message))]);

    public void Isolate(ulong id) => _isolated.Add(id);

    public void Heal() => _isolated.Clear();

    public void Stop(ulong id) => _stopped.Add(id);

    public void Restart(ulong id)
    {
        _stopped.Remove(id);
        this[id].Restart(Now);
        Started(this[id]);
    }

    public void Wipe(ulong id, ulong incarnation)
    {
        _stopped.Remove(id);
        this[id].Wipe(Now, incarnation);
        Started(this[id]);
    }

    public void EndBatch(CoreNode node)
    {
        foreach (Envelope envelope in node.CollectEnvelopes())
        {
            Message message = envelope.Message;
            _network.Add(envelope);
            _output.Add(MessageText.Of(in message, _firstNumbers[message.Kind == MessageKind.ReadIndexRequest ? message.From : message.To]));
        }

        if (!node.SyncsAtOnce)
        {
            node.Log.StartSync();
        }
    }

    private static string Summary(CoreNode node)
    {
        string role = node.Core.Role switch
        {
            Role.Follower when node.Core.LeaderId != 0 => $"follows {node.Core.LeaderId}",
            Role.Follower => "follows no leader",
            Role.PreCandidate => "pre-candidate",
            Role.Candidate => "candidate",
            _ => node.Core.TransferTarget == 0 ? "leads" : $"leads until {node.Core.TransferTarget} does",
        };
        string durable = node.Log.DurableIndex == node.Log.LastIndex ? "" : $" durable {node.Log.DurableIndex}";
        string first = node.Log.FirstIndex == 1 ? "" : $"{node.Log.FirstIndex}..";
        string lost = node.Core.IsSuperseded ? ", is not the member of its id" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"  {node.Id} {role} in term {node.Term}, log {first}{node.Log.LastIndex}{durable} commit {node.Core.CommitIndex}, members {node.Configuration}{lost}");
    }

    private bool IsRunning(CoreNode node) => !_stopped.Contains(node.Id);

    private void Started(CoreNode node) => _firstNumbers[node.Id] = node.Core.AnsweredReadNumber;

    private void SetClocks(TimeSpan time)
    {
        Now = time > Now ? time : Now;
        foreach (CoreNode node in _nodes.Values)
        {
            node.Now = Now;
        }
    }

    // The carrier of a snapshot reports its outcome.
    private void ReportSnapshot(in Message message, bool arrived)
    {
        if (message.Kind != MessageKind.InstallSnapshot)
        {
            return;
        }

        if (arrived)
        {
            this[message.From].Core.ReportSnapshotSent(message.To, message.Index);
        }
        else
        {
            this[message.From].Core.ReportSnapshotFailed(message.To);
        }
    }
}
