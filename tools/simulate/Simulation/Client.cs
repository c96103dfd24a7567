using System;
using RaftEngine.Protocol;
using RaftEngine.Simulate.Linearizability;

namespace RaftEngine.Simulate.Simulation;

/// <summary>
/// A client: one operation after the other, each tried at one node after the other until one answers. A command of a session it sends again until it has the result. What else it
/// does not know the end of, it lets be; the history then says that it may take effect at any time.
/// </summary>
internal sealed class Client(SimulatedCluster cluster, Workload workload, Draw draw)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private readonly bool _usesSessions = draw.Chance(0.6);
    private readonly long _sessionTimeout = (long)(1000 * Math.Pow(100, draw.Unit())); // in milliseconds
    private long _session;
    private long _sequence;
    private bool _mayBeApplied;     // an earlier try of this operation
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
    public void Answer(long number, CallOutcome outcome, ulong hint, string? value, long index) =>
        cluster.Agenda.In(draw.Around(cluster.Plan.MeanDelay), () => Hear(number, outcome, hint, value, index));

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
        _mayBeApplied = false;
        _sequence++;
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
        Call call = NextCall(number);
        cluster.Agenda.In(draw.Around(cluster.Plan.MeanDelay), () => cluster.Offer(target, call));
        cluster.Agenda.In(Patience.Ticks, () => Hear(number, CallOutcome.Unknown, 0, null, 0));
        if (call.Kind == CallKind.Write && call.Session.Length > 0 && draw.Chance(0.1))
        {
            SendAgain(number);
        }
    }

    private Call NextCall(long number)
    {
        if (_kind != CallKind.Write)
        {
            return new Call(this, number, _kind, _item.Slot, _item.Generation, [], []);
        }

        if (_usesSessions && _session == 0)
        {
            SessionHeader opening = new(0, SessionOperation.Open, TimeoutMilliseconds: _sessionTimeout, MaxSessions: 16);
            return new Call(this, number, CallKind.OpenSession, 0, 0, Bytes(in opening), []);
        }

        byte[] command = new Command(_commandNumber, _item.Slot, _item.Generation, _item.Kind == OperationKind.Append, _item.Value).ToBytes(cluster.Plan.CommandFillerBytes);
        long firstUnsettled = Math.Max(1, _sequence - draw.Below(SessionFormat.MaxUnsettled));
        byte[] session = _usesSessions ? Bytes(new SessionHeader(0, SessionOperation.Command, _session, _sequence, firstUnsettled)) : [];
        return new Call(this, number, _kind, _item.Slot, _item.Generation, session, command);
    }

    private static byte[] Bytes(in SessionHeader header)
    {
        byte[] bytes = new byte[SessionFormat.HeaderBytes];
        SessionFormat.Write(bytes, in header);
        return bytes;
    }

    // The same try, twice: maybe at another node, and maybe much later.
    private void SendAgain(long number)
    {
        ulong target = draw.Chance(0.5) ? _target : draw.Of(cluster.Members);
        Call copy = NextCall(number);
        _mayBeApplied = true;
        cluster.Tally.Count(EventKind.SessionRetry);
        cluster.Agenda.In(draw.Around(draw.Chance(0.5) ? cluster.Plan.MeanDelay : cluster.Plan.ElectionTimeout), () => cluster.Offer(target, copy));
    }

    private void Hear(long number, CallOutcome outcome, ulong hint, string? value, long index)
    {
        if (number != _number)
        {
            return;
        }

        switch (outcome)
        {
            case CallOutcome.Done when _kind == CallKind.Write && _usesSessions && _session == 0:
                _session = index;
                _sequence = 1;
                cluster.Tally.Count(EventKind.SessionOpened);
                Try();
                break;
            case CallOutcome.Done:
                Succeed(value);
                break;
            case CallOutcome.Refused:
                TryAgain(hint);
                break;
            case CallOutcome.Unknown when _kind == CallKind.Write && _usesSessions:
                _mayBeApplied |= _session != 0;
                cluster.Tally.Count(EventKind.SessionRetry, _session != 0);
                TryAgain(0);
                break;
            case CallOutcome.Expired:
                LoseSession();
                break;
            case CallOutcome.Settled:
                throw new ViolationException($"Sequence {_sequence} of session {_session} is taken for settled, and its client waits for it.");
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

    // A command that was certainly not applied may be tried under another session. The outcome of the others stays
    // unknown.
    private void LoseSession()
    {
        cluster.Tally.Count(EventKind.SessionExpired);
        _session = 0;
        if (_mayBeApplied)
        {
            GiveUp();
        }
        else
        {
            TryAgain(0);
        }
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
