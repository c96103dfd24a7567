using System;
using System.Threading;
using RaftEngine.Diagnostics;
using RaftEngine.Host;
using RaftEngine.Protocol;

namespace RaftEngine.Pipeline;

/// <summary>
/// Runs a <see cref="Replica"/>, with the node's only clock, and publishes its status after each batch: on a thread of
/// its own, or, while that one sleeps, on the thread of the thread that enqueues the work (<see cref="Turn"/>).
/// </summary>
internal sealed class NodeLoop
{
    /// <summary>How long an orderly stop waits for what has been accepted to be committed and applied; handing over leadership may take an election timeout more.</summary>
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(1);

    /// <summary>How long the own thread sleeps at the most.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <summary>How long a lent thread may be held up by the disk before threads are left alone for ten times as long. A batch takes tens of microseconds.</summary>
    private static readonly TimeSpan LongestLent = TimeSpan.FromMilliseconds(2);

    /// <summary>How often a leader publishes what it knows of its peers.</summary>
    private static readonly TimeSpan PeersInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>How often it looks, while it stops in order, whether all is done.</summary>
    private static readonly TimeSpan DrainRound = TimeSpan.FromMilliseconds(1);

    /// <summary>For how long a log must have had room before it is said that it has.</summary>
    private static readonly TimeSpan RoomDelay = TimeSpan.FromSeconds(5);

    private readonly Replica _replica;
    private readonly Turn _turn;
    private readonly IApplyStage _applyStage;
    private readonly bool _appliesInline;
    private readonly StatusCell _status;
    private readonly EventStreams _events;
    private readonly HostLogger _logger;
    private readonly EngineThread _thread;
    private readonly Action _ended;
    private readonly RaftPeerStatus[] _peers = new RaftPeerStatus[Configuration.MaxMembers];

    // Called by the thread that holds the turn.
    private RaftStatus _lastStatus;
    private TimeSpan _peersDue;             // when the peers' status is published next
    private TimeSpan _sleepsUntil;          // the own thread, while it has not got the turn
    private TimeSpan _drainDeadline = TimeSpan.MaxValue;
    private TimeSpan _fullUntil = TimeSpan.MinValue; // when it may be said that the log has room, if it was said that it has none
    private TimeSpan _lendsFrom;            // until then, the disk is slow, and no other thread is to wait for it
    private Exception? _failure;            // what the loop itself met, its last act

    private int _stopRequest;               // 0: run, 1: drain, then stop, 2: stop now
    private Exception? _failureElsewhere;   // another stage failed: any stage writes it, once

    /// <summary>A loop; call <see cref="Start"/>.</summary>
    /// <param name="replica">The replica to run.</param>
    /// <param name="turn">The right to run it.</param>
    /// <param name="applyStage">The stage that applies what is committed.</param>
    /// <param name="appliesInline">Whether a thread that was lent may apply, too.</param>
    /// <param name="status">Where its status goes.</param>
    /// <param name="events">Where changes are told.</param>
    /// <param name="logger">Where role changes are told.</param>
    /// <param name="ended">Called on the loop's thread when it has ended, for whatever reason.</param>
    /// <param name="name">The thread's name.</param>
    public NodeLoop(Replica replica, Turn turn, IApplyStage applyStage, bool appliesInline, StatusCell status, EventStreams events, HostLogger logger, Action ended, string name)
    {
        _replica = replica;
        _turn = turn;
        _applyStage = applyStage;
        _appliesInline = appliesInline;
        _status = status;
        _events = events;
        _logger = logger;
        _ended = ended;
        _turn.RunBatch = RunLent;
        _thread = new EngineThread(Run, name);
    }

    /// <summary>What stopped the loop, or failed in another stage since; null if the node was stopped in order. Read it after the loop has ended.</summary>
    public Exception? Failure => _failure ?? Volatile.Read(ref _failureElsewhere);

    /// <summary>The node's monotonic clock, which goes on while the machine sleeps.</summary>
    public static TimeSpan Now => ContinuousClock.Now;

    public void Start() => _thread.Start();

    /// <summary>Asks the loop to end. Any thread.</summary>
    /// <param name="drain">Whether to wait, for a bounded time, for what has been accepted.</param>
    public void Stop(bool drain)
    {
        int request = drain ? 1 : 2;
        int before = Volatile.Read(ref _stopRequest);
        while (before < request)
        {
            before = Interlocked.CompareExchange(ref _stopRequest, request, before);
        }

        _turn.Wake();
    }

    /// <summary>Ends the loop because another stage of the node failed. Any thread.</summary>
    /// <param name="failure">What happened there.</param>
    public void Fail(Exception failure)
    {
        Interlocked.CompareExchange(ref _failureElsewhere, failure, null);
        Stop(drain: false);
    }

    /// <summary>Waits until the loop has ended.</summary>
    public void Join() => _thread.Join();

    private void Run()
    {
        try
        {
            while (_failure is null && !RunBatches())
            {
                WaitForTurn();
            }
        }
#pragma warning disable CA1031 // Fail-stop: whatever it is, the node ends, and says why.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _failure = exception;
        }

        // Nothing of it can be relied on any more, and no other state is published.
        RaftStatus last = _status.Read() with { Role = RaftRole.Follower, LeaderId = 0 };
        _status.Publish(in last);
        _status.PublishPeers([]);
        _status.End(new RaftStoppedException(Failure));
        _ended(); // and the turn stays here: no thread runs a batch any more
    }

    // The own thread has the turn, and keeps it as long as there is work. True if the loop is to end.
    private bool RunBatches()
    {
        do
        {
            _turn.Begin();
            TimeSpan now = Now;
            RunBatch(now);
            _applyStage.Wake();
            int stopRequest = Volatile.Read(ref _stopRequest);
            if (stopRequest != 0)
            {
                _drainDeadline = _drainDeadline == TimeSpan.MaxValue ? now + DrainTimeout + _lastStatus.ElectionTimeout : _drainDeadline;
                if (stopRequest == 2 || now >= _drainDeadline || (!_replica.IsHandingOver() && _replica.IsDrained))
                {
                    return true;
                }
            }

            TimeSpan most = stopRequest != 0 ? DrainRound : LongestWait;
            _sleepsUntil = Min(_replica.NextDeadline, Now + most);
        }
        while (_replica.HasWork || _sleepsUntil <= Now || !_turn.TryEnd());
        return false;
    }

    private void WaitForTurn()
    {
        TimeSpan wait = _sleepsUntil - Now;
        while (!_turn.TryWait(wait))
        {
            wait = Timeout.InfiniteTimeSpan;
        }
    }

    // Runs on the thread that enqueued the work and claimed the turn. One batch; if there is more to do, or sooner than
    // the own thread will look, that one goes on.
    private void RunLent()
    {
        TimeSpan now = Now;
        if (now < _lendsFrom)
        {
            _turn.HandOver();
            return;
        }

        _turn.Begin();
        try
        {
            if (Volatile.Read(ref _stopRequest) == 0)
            {
                RunBatch(now);
                TimeSpan taken = Now - now;
                _lendsFrom = taken > LongestLent ? now + (10 * taken) : _lendsFrom;
                if (!_appliesInline)
                {
                    _applyStage.Wake();
                }
            }
        }
#pragma warning disable CA1031 // As in Run, which ends the node.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _failure = exception;
        }

        bool isOver = _failure is null && Volatile.Read(ref _stopRequest) == 0 && !_replica.HasWork && _replica.NextDeadline >= _sleepsUntil;
        if (!isOver || !_turn.TryEnd())
        {
            _turn.HandOver();
        }

        if (_appliesInline)
        {
            _applyStage.Run();
        }
    }

    private void RunBatch(TimeSpan now)
    {
        _replica.RunBatch(now);
        RaftStatus status = _replica.Status;
        _status.Publish(in status);
        if (now >= _peersDue || status.Role != _lastStatus.Role)
        {
            _peersDue = now + PeersInterval;
            _status.PublishPeers(_peers.AsSpan(0, _replica.CopyPeers(_peers)));
        }

        TellChange(in _lastStatus, in status);
        _events.Publish(in _lastStatus, in status);
        TellFull(in status, now);
        _lastStatus = status;
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private void TellChange(in RaftStatus before, in RaftStatus after)
    {
        if (before.Role != after.Role || before.Term != after.Term || before.LeaderId != after.LeaderId)
        {
            NodeMessages.RoleChanged(_logger, after.NodeId, after.Role, after.Term, after.LeaderId);
        }

        if (after.IsSuperseded && !before.IsSuperseded)
        {
            NodeMessages.Superseded(_logger, after.NodeId);
        }

        if (after.IsElectionTimeoutTooShort && !before.IsElectionTimeoutTooShort)
        {
            NodeMessages.ElectionTimeoutTooShort(_logger, after.NodeId, after.BroadcastTime);
        }

        if (after.StallHandovers > before.StallHandovers)
        {
            NodeMessages.StallHandover(_logger, after.NodeId, after.ElectionTimeout);
        }

        if (after.RetentionsGivenUp > before.RetentionsGivenUp)
        {
            NodeMessages.RetentionGivenUp(_logger, after.NodeId);
        }
    }

    // A log at its bound gets and loses room with every segment that is given up: it is told at once that it is full,
    // but only after a while that it is not.
    private void TellFull(in RaftStatus status, TimeSpan now)
    {
        if (status.IsLogFull)
        {
            if (_fullUntil == TimeSpan.MinValue)
            {
                NodeMessages.LogFull(_logger, status.NodeId, status.LastIndex);
            }

            _fullUntil = now + RoomDelay;
        }
        else if (_fullUntil != TimeSpan.MinValue && now >= _fullUntil)
        {
            _fullUntil = TimeSpan.MinValue;
            NodeMessages.LogHasRoom(_logger, status.NodeId);
        }
    }
}
