using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Simulate.Linearizability;
using RaftEngine.Storage;

namespace RaftEngine.Simulate.Simulation;

/// <summary>
/// A cluster of whole nodes, its network, its clients and its misfortunes, on one thread and a virtual clock. Everything that happens follows from the options, so a simulation can
/// be run again, step by step.
/// </summary>
internal sealed partial class SimulatedCluster : IDisposable
{
    private const int Clients = 4;

    /// <summary>How many nodes with other first voters come by at most: each takes an id.</summary>
    private const int MostStrangers = 8;

    /// <summary>How soon after the last fault the cluster must be at rest, in election timeouts.</summary>
    private const int TimeoutsToRest = 10;

    private readonly SimulationOptions _options;
    private readonly SortedDictionary<ulong, SimulatedNode> _nodes = [];
    private readonly List<Client> _clients = [];
    private readonly Workload _workload;
    private readonly Misfortune _misfortune;
    private readonly Administrator _administrator;
    private readonly Draw _draw;

    public SimulatedCluster(SimulationOptions options)
    {
        _options = options;
        _draw = new Draw(options.Seed);
        Plan = options.Climate is { } climate ? new Plan(_draw.Fork(), climate) : new Plan(_draw.Fork(), options.Sabotage, options.IsCalm);
        Agenda = new Agenda(_draw.Fork());
        Trace = new Trace(Agenda, options.Trace);
        Time = new SimulatedTime(Agenda);
        Network = new SimulatedNetwork(this, _draw.Fork());
        Invariants = new Invariants(this);
        ClusterId = _draw.Id();
        _workload = new Workload(_draw.Fork());
        ulong[] voters = [.. Enumerable.Range(1, Plan.GrowsFromOne ? 1 : options.Nodes).Select(static id => (ulong)id)];
        foreach (ulong id in voters)
        {
            _nodes[id] = new SimulatedNode(this, id, voters, _draw.Fork());
        }

        FirstVoters = voters;
        Members = voters;
        for (int i = 0; i < Clients; i++)
        {
            _clients.Add(new Client(this, _workload, _draw.Fork()));
        }

        _misfortune = new Misfortune(this, _draw.Fork());
        _administrator = new Administrator(this, _draw.Fork());
    }

    public Plan Plan { get; }

    public Agenda Agenda { get; }

    public Trace Trace { get; }

    public SimulatedTime Time { get; }

    public SimulatedNetwork Network { get; }

    public Invariants Invariants { get; }

    public Tally Tally { get; } = new();

    public Guid ClusterId { get; }

    public Sabotage Sabotage => _options.Sabotage;

    public ulong[] FirstVoters { get; }

    /// <summary>Whom clients ask: the members, as far as the administrator knows.</summary>
    public IReadOnlyList<ulong> Members { get; set; }

    /// <summary>True once the clients begin nothing more.</summary>
    public bool ClientsRest { get; private set; }

    /// <summary>True once nothing goes wrong any more.</summary>
    public bool IsHealed { get; private set; }

    public IEnumerable<SimulatedNode> Nodes => _nodes.Values;

    /// <summary>How many operations of clients have come to an end that is known.</summary>
    public long Served => _clients.Sum(static client => client.Served);

    /// <summary>Runs the simulation.</summary>
    public SimulationResult Run()
    {
        ViolationException? violation = null;
        try
        {
            Begin();
            while (Agenda.NextAt < _options.Duration.Ticks)
            {
                Agenda.Step();
            }

            ComeToRest();
            JudgeHistory();
        }
        catch (ViolationException broken)
        {
            violation = broken;
        }
#pragma warning disable CA1031 // Whatever it is, the seed that shows it is to be told, and the others go on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            violation = new ViolationException($"The simulation fails: {failure.GetType().Name}: {failure.Message}", failure);
        }

        if (violation is not null)
        {
            Trace.Say(0xDEAD, $"VIOLATION {violation.Message}{Environment.NewLine}{violation.InnerException}");
        }

        return new SimulationResult(_options.Seed, violation, new TimeSpan(Agenda.Now), Trace.Hash, Tally);
    }

    /// <summary>Starts nodes, clients, and what goes wrong.</summary>
    public void Begin()
    {
        if (Plan.BeginsWithStranger)
        {
            AddStranger();
        }

        foreach (SimulatedNode node in _nodes.Values)
        {
            Start(node);
        }

        _clients.ForEach(static client => client.Think());
        _misfortune.Begin();
        _administrator.Begin();
    }

    /// <summary>Lets things happen until something holds.</summary>
    /// <returns>False if it still does not after so long.</returns>
    public bool RunUntil(Func<bool> holds, TimeSpan patience)
    {
        long deadline = Agenda.Now + patience.Ticks;
        while (!holds())
        {
            if (Agenda.NextAt > deadline)
            {
                return false;
            }

            Agenda.Step();
        }

        return true;
    }

    public SimulatedNode? NodeOf(ulong id) => _nodes.GetValueOrDefault(id);

    /// <summary>A machine that joins, with nothing on its disk.</summary>
    public SimulatedNode AddNode(ulong id)
    {
        SimulatedNode node = new(this, id, FirstVoters, _draw.Fork());
        _nodes[id] = node;
        return node;
    }

    /// <summary>A machine that begins a cluster with one of this one's voters and itself, because of a mistake, and is taken away again after a while.</summary>
    public void AddStranger()
    {
        ulong id = _nodes.Keys.Max() + 1;
        if (id >= SimulatedNetwork.MaxNodes || _nodes.Values.Count(static node => node.IsStranger) == MostStrangers)
        {
            return;
        }

        SimulatedNode stranger = new(this, id, [_draw.Of(FirstVoters), id], _draw.Fork()) { IsStranger = true };
        _nodes[id] = stranger;
        Tally.Count(FaultKind.OtherVoters);
        Trace.Say(id, $"node {id} begins with the voters {string.Join(' ', stranger.FirstVoters)}");
        Start(stranger);
        Agenda.In(_draw.Around(8 * Plan.ElectionTimeout), () =>
        {
            stranger.Retire();
            Trace.Say(id, $"node {id} is taken away");
        });
    }

    /// <summary>The node that leads the highest term, as far as it knows; null if none does.</summary>
    public NodeLife? Leader() => _nodes.Values.Where(static node => node.Life is { Core.Role: Role.Leader }).MaxBy(static node => node.Life!.Core.HardState.Term)?.Life;

    public void Dispose()
    {
        foreach (SimulatedNode node in _nodes.Values)
        {
            node.Dispose();
        }
    }

    /// <summary>Starts a node, if it is down.</summary>
    public void Start(SimulatedNode node)
    {
        if (node.Life is not null || node.IsRetired)
        {
            return;
        }

        try
        {
            node.Start();
            TellConnected(node.Id);
            Trace.Say(node.Id, $"node {node.Id} is up, {node.Life!.Log.FirstIndex} to {node.Life.Log.LastIndex}, term {node.Life.Core.HardState.Term}");
        }
        catch (ViolationException)
        {
            throw;
        }
#pragma warning disable CA1031 // Whether it was allowed to fail is judged there.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            OnFailed(node, failure);
        }
    }

    // A node that makes a new connection does not know which messages arrived on the old one.
    private void TellConnected(ulong id)
    {
        foreach (SimulatedNode other in _nodes.Values)
        {
            if (other.Id != id && _draw.Chance(0.5))
            {
                Agenda.In(_draw.Around(Plan.MeanDelay), () => other.Life?.ReportUnreachable(id));
            }
        }
    }

    /// <summary>A process has ended by itself, or died in the middle of something.</summary>
    public void OnNodeFailed(NodeLife life, Exception failure)
    {
        if (life.IsAlive)
        {
            OnFailed(life.Node, failure);
        }
    }

    /// <summary>A message has arrived where a node is, or was.</summary>
    public void Deliver(Message message, byte[] body)
    {
        if (NodeOf(message.To)?.Life is not { } life)
        {
            return;
        }

        if (life.Node.PausedUntil > Agenda.Now)
        {
            Agenda.At(life.Node.PausedUntil + _draw.Below(Plan.MeanDelay.Ticks), () => Deliver(message, body));
            return;
        }

        if (NodeOf(message.From)?.Life is { } sender && !life.Meets(sender))
        {
            Tally.Count(EventKind.Refusal);
            return;
        }

        Message arrived = message;
        if (Sabotage == Sabotage.VotesAreForged && message is { Kind: MessageKind.VoteResponse or MessageKind.PreVoteResponse, Rejected: true })
        {
            arrived.Rejected = false;
        }

        life.Receive(in arrived, body);
    }

    /// <summary>A client's call has arrived where a node is, or was.</summary>
    public void Offer(ulong id, Call call)
    {
        if (NodeOf(id)?.Life is not { } life)
        {
            call.End(CallOutcome.Refused, 0, null);
        }
        else if (life.Node.PausedUntil > Agenda.Now)
        {
            Agenda.At(life.Node.PausedUntil + 1, () => Offer(id, call));
        }
        else
        {
            life.Take(call);
        }
    }

    // A node may end only for what was done to it: its process was killed, or its disk refused something.
    private void OnFailed(SimulatedNode node, Exception failure)
    {
        bool wasKilled = node.DiesNow;
        bool isFullAtStart = node.Life is null && node.Disk.Room != long.MaxValue && failure is LogFullException or StorageFailedException { IsOutOfSpace: true };
        bool mayFail = (node.MayFail && failure is StorageFailedException { IsOutOfSpace: false }) || isFullAtStart;
        Trace.Say(node.Id, $"node {node.Id} fails: {failure.GetType().Name}: {failure.Message}");
        if (node.IsRolledBack && failure is CommittedEntriesLostException)
        {
            // As the message says: it is to be removed, and added with an empty directory.
            Tally.Count(EventKind.RolledBackStop);
            node.Kill(inStep: true);
            node.Wipe([.. FirstVoters.Where(id => id != node.Id)]);
            RestartLater(node);
            return;
        }

        if (!wasKilled && !mayFail)
        {
            throw new ViolationException($"Node {node.Id} fails: {failure.GetType().Name}: {failure.Message}", failure);
        }

        node.Kill(inStep: true);
        if (wasKilled)
        {
            Tally.Count(FaultKind.DeathInStep);
        }

        // After a failed sync only the disk knows what is on it, and it may be that only the process is restarted.
        if (_draw.Chance(0.5))
        {
            LosePower(node);
        }

        RestartLater(node);
    }

    /// <summary>The power of a machine that is down, or that goes down with it, fails.</summary>
    public void LosePower(SimulatedNode node)
    {
        if (Plan.Durability != Durability.Fsync)
        {
            // What is promised then: fewer than a majority lack what they have acknowledged. Here that is one at a time.
            bool mayLose = _nodes.Values.All(other => other == node || !other.HasLostTail)
                && _nodes.Values.All(static other => other.Life is null or { Core.Configuration.Configuration: { IsJoint: false, Voters.Length: >= 3 } })
                && Invariants.Configuration is { IsJoint: false, Voters.Length: >= 3 };
            Tally.Count(mayLose ? FaultKind.UnsyncedLoss : FaultKind.ProcessDeath);
            if (!mayLose)
            {
                return;
            }
        }

        Tally.Count(FaultKind.PowerLoss);
        if (node.LosePower())
        {
            Tally.Count(FaultKind.TornWrite);
        }
    }

    /// <summary>Starts a node again after a while.</summary>
    public void RestartLater(SimulatedNode node)
    {
        long after = IsHealed ? 1 : _draw.Around(TimeSpan.FromSeconds(_draw.Chance(0.2) ? 15 : 2));
        Agenda.In(after, () =>
        {
            if (node.Life is null && !node.IsRetired)
            {
                Tally.Count(EventKind.Restart);
                Start(node);
            }
        });
    }
}
