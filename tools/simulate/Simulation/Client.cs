using System;
using System.Globalization;
using RaftEngine.Simulate.Linearizability;

namespace RaftEngine.Simulate.Simulation;

/// <summary>
/// A client: one operation after the other, each tried at one node after the other until one answers. What it does not know the end of, it lets be; the history then says that it
/// may take effect at any time.
/// </summary>
internal sealed class Client(SimulatedCluster cluster, Workload workload, Draw draw)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private long _number;           // of the try that is under way
    private ulong _target;
    private ulong _commandNumber;
    private CallKind _kind;
    private WorkItem _item;
    private int _operation;
    private long _startedAt;

    /// <summary>How many operations have come to an end that is known.</summary>
    public long Served { get; private set; }

    /// <summary>True while an operation is under way.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>Begins the next operation after some thought.</summary>
    public void Think() => cluster.Agenda.In(draw.Around(cluster.Plan.MeanThought), Begin);

    /// <summary>A node has answered, or its connection has broken; the answer takes a while.</summary>
    public void Answer(long number, CallOutcome outcome, ulong hint, string? value) =>
        cluster.Agenda.In(draw.Around(cluster.Plan.MeanDelay), () => Hear(number, outcome, hint, value));

    private void Begin()
    {
        if (cluster.ClientsRest)
        {
            return;
        }

        _item = workload.Next();
        _kind = _item.IsRead ? ReadKind() : CallKind.Write;
        _commandNumber = ++workload.Commands;
        _operation = workload.History.Invoke(workload.NextProcess(), _item.Kind, _item.Key, _item.IsRead ? null : _item.Value);
        _startedAt = cluster.Agenda.Now;
        IsBusy = true;
        Try();
    }

    private CallKind ReadKind() => draw.Below(3) switch
    {
        0 => CallKind.LeaderRead,
        1 => CallKind.FollowerRead,
        _ => cluster.Plan.UsesLeases ? CallKind.LeaseRead : CallKind.LeaderRead,
    };

    private void Try()
    {
        long number = ++_number;
        bool isForwarded = _kind == CallKind.Write && cluster.Plan.ForwardsProposals && draw.Chance(0.7);
        if (_target == 0 || _kind == CallKind.FollowerRead || isForwarded)
        {
            _target = draw.Of(cluster.Members);
        }

        ulong target = _target;
        byte[] bytes = _kind == CallKind.Write
            ? new Command(_commandNumber, _item.Slot, _item.Generation, _item.Kind == OperationKind.Append, _item.Value).ToBytes(cluster.Plan.CommandFillerBytes)
            : [];
        Call call = new(this, number, _kind, _item.Slot, _item.Generation, bytes);
        cluster.Agenda.In(draw.Around(cluster.Plan.MeanDelay), () => cluster.Offer(target, call));
        cluster.Agenda.In(Patience.Ticks, () => Hear(number, CallOutcome.Unknown, 0, null));
    }

    private void Hear(long number, CallOutcome outcome, ulong hint, string? value)
    {
        if (number != _number)
        {
            return;
        }

        switch (outcome)
        {
            case CallOutcome.Done:
                Succeed(value);
                break;
            case CallOutcome.Refused:
                TryAgain(hint);
                break;
            default:
                GiveUp();
                break;
        }
    }

    private void Succeed(string? value)
    {
        if (_item.IsRead && value is null)
        {
            workload.History.Fail(_operation); // the slot has gone on: a read of what is no more
        }
        else
        {
            workload.History.Succeed(_operation, value);
        }

        cluster.Tally.Count(_kind switch
        {
            CallKind.Write => EventKind.Write,
            CallKind.LeaderRead => EventKind.LeaderRead,
            CallKind.FollowerRead => EventKind.FollowerRead,
            _ => EventKind.LeaseRead,
        });
        Served++;
        End();
    }

    private void TryAgain(ulong hint)
    {
        cluster.Tally.Count(EventKind.Retry);
        _number++;
        _target = hint;
        if (_item.IsRead)
        {
            _kind = ReadKind();
        }

        cluster.Agenda.In(draw.Around(hint == 0 ? TimeSpan.FromMilliseconds(150) : TimeSpan.FromMilliseconds(10)), Try);
    }

    private void GiveUp()
    {
        if (_item.IsRead)
        {
            workload.History.Fail(_operation);
        }
        else
        {
            cluster.Tally.Count(EventKind.UnknownOutcome);
        }

        _target = 0;
        End();
    }

    private void End()
    {
        _number++;
        IsBusy = false;
        cluster.Trace.Note((ulong)(cluster.Agenda.Now - _startedAt));
        Think();
    }
}
