using System;
using RaftEngine.Protocol;

namespace RaftEngine.Consensus;

/// <summary>Elections: Raft §5.2, the election restriction §5.4.1, pre-vote (thesis §9.6), leader stickiness (§6, thesis §4.2.3), priority.</summary>
internal sealed partial class RaftCore
{
    /// <summary>A node without room for commands lets so many of its own election timeouts pass before it stands, so that a node with room leads.</summary>
    private const int ElectionsPassedUp = 3;

    private VoteTally _votes;
    private int _passedUp;
    private TimeSpan _electionDeadline;
    private TimeSpan _electionStartedAt;

    // Until when this node takes no part in an election: an election timeout after it last heard from a leader, whatever has become of that one
    // since. Leases rest on it.
    private TimeSpan _heardUntil;

    // A leader hears itself; the check of the quorum deposes it if that is all it hears.
    private bool HearsLeader => Role == Role.Leader || _now < _heardUntil;

    // A leader must append its no-op. The only voter may do without: no other node can be elected without its vote, so all that it has is committed
    // once it is durable, whatever term wrote it.
    private bool CanLead => _electorate.IsOnlyVoter(_countedPosition) || _log.HasRoomForNoOp();

    private bool PassesUpElection()
    {
        if (!CanLead)
        {
            return true;
        }

        bool passes = !_electorate.IsOnlyVoter(_countedPosition) && _passedUp < ElectionsPassedUp && !_log.HasRoomForCommands();
        _passedUp += passes ? 1 : 0;
        return passes;
    }

    // Thesis §9.6: before it raises its term, a node asks whether it would be elected, so that one that is cut off or behind never disturbs the rest
    // with a higher term.
    private LogOrder StartPreElection()
    {
        ResetElectionDeadline();
        if (PassesUpElection())
        {
            BecomeFollower(_term, leaderId: 0);
            return default;
        }

        Role = Role.PreCandidate;
        LeaderId = 0;
        _votes = new VoteTally(_electorate);
        _votes.Record(_countedPosition, granted: true, IsTailInDoubt);
        if (_votes.IsWon)
        {
            return StartElection(isTransfer: false);
        }

        RequestVotes(MessageKind.PreVoteRequest, _term + 1, isTransfer: false);
        return default;
    }

    // §5.2: a candidate starts the next term and votes for itself. The vote is on disk before the requests leave.
    private LogOrder StartElection(bool isTransfer)
    {
        ResetElectionDeadline();
        if (!CanLead)
        {
            BecomeFollower(_term, leaderId: 0);
            return default;
        }

        Role = Role.Candidate;
        LeaderId = 0;
        StartTerm(checked(_term + 1), vote: _nodeId);
        _electionStartedAt = _now;
        _votes = new VoteTally(_electorate);
        _votes.Record(_countedPosition, granted: true, IsTailInDoubt);
        if (_votes.IsWon)
        {
            return BecomeLeader();
        }

        RequestVotes(MessageKind.VoteRequest, _term, isTransfer);
        return default;
    }

    private void RequestVotes(MessageKind kind, long term, bool isTransfer)
    {
        long lastIndex = _log.LastIndex;
        long lastTerm = _log.TermAt(lastIndex);
        for (int i = 0; i < _progress.Length; i++)
        {
            if (i != _ownPosition && _electorate.IsVoter(i))
            {
                _pending.Add(MessageTo(_progress[i], kind) with
                {
                    Term = term,
                    Index = lastIndex,
                    IndexTerm = lastTerm,
                    HintIndex = _configurationIndex,
                    IsTransfer = isTransfer,
                });
            }
        }
    }

    // Thesis §9.6: granted if this node would vote so in that term and hears from no leader (which AcceptHigherTerm has seen to). It promises nothing
    // and keeps no record.
    private void HandlePreVoteRequest(in Message message)
    {
        bool granted = message.Term > _term && IsUpToDate(in message);
        _pending.Add(AnswerTo(message.From, MessageKind.PreVoteResponse) with
        {
            Rejected = !granted,
            Term = granted ? message.Term : _term,
            Run = RunInDoubt,
        });
    }

    private LogOrder HandlePreVoteResponse(in Message message, int sender)
    {
        // A grant is for the term after this one; a refusal comes in the refusing node's own, which is this one by now.
        if (Role != Role.PreCandidate || message.Term != (message.Rejected ? _term : _term + 1))
        {
            return default;
        }

        _votes.Record(sender, !message.Rejected, isInDoubt: message.Run != 0);
        if (_votes.IsWon)
        {
            return StartElection(isTransfer: false);
        }

        if (_votes.IsLost)
        {
            BecomeFollower(_term, leaderId: 0);
        }

        return default;
    }

    // §5.2: one vote a term, first come, first served; repeated to the same candidate, whose answer may have been lost. §5.4.1: only for a log at
    // least as complete. A repeated vote changes nothing: the election may be over, and another candidate lead.
    private void HandleVoteRequest(in Message message, int sender)
    {
        bool undecided = _vote == 0 && LeaderId == 0;
        if (undecided && HearsLeader && !IsOrderedByLeader(in message, sender))
        {
            return; // §6: it came to know of this term otherwise, but may still hold up the lease of the leader before.
        }

        bool granted = (undecided || _vote == message.From) && IsUpToDate(in message);
        if (granted && undecided)
        {
            BecomeFollower(_term, leaderId: 0);
            ResetElectionDeadline();
            _vote = message.From;
        }

        _pending.Add(AnswerTo(message.From, MessageKind.VoteResponse) with { Rejected = !granted, Run = RunInDoubt });
    }

    // Thesis §3.10: an election that the leader itself wants. Its target is a voter that has everything, the no-op of the leader's term included, and
    // stands in the term that follows.
    private bool IsOrderedByLeader(in Message request, int sender)
    {
        bool isNext = request.Term == _term || request.Term == _term + 1;
        return request.IsTransfer && isNext && _electorate.IsVoter(sender) && request.IndexTerm == request.Term - 1 && request.Index >= _matched
            && (Role != Role.Leader || _timeoutNowSent);
    }

    private LogOrder HandleVoteResponse(in Message message, int sender)
    {
        if (Role != Role.Candidate)
        {
            SteerFromLateVote(in message);
            return default;
        }

        _votes.Record(sender, !message.Rejected, isInDoubt: message.Run != 0);
        if (_votes.IsWon)
        {
            return BecomeLeader();
        }

        if (_votes.IsLost)
        {
            BecomeFollower(_term, leaderId: 0);
        }

        return default;
    }

    // §5.4.1: of two logs, the one whose last entry has the higher term is the more up-to-date; with equal last terms, the longer one. A candidate
    // that a majority finds at least as up-to-date as itself has every committed entry.
    private bool IsUpToDate(in Message candidate)
    {
        long lastIndex = _log.LastIndex;
        long lastTerm = _log.TermAt(lastIndex);
        return candidate.IndexTerm > lastTerm || (candidate.IndexTerm == lastTerm && candidate.Index >= lastIndex);
    }

    // Figure 2, leaders. The no-op at the start of the term (§8) lets it commit what its predecessors left.
    private LogOrder BecomeLeader()
    {
        bool hasRoom = _log.HasRoomForNoOp();
        if (!hasRoom && !_electorate.IsOnlyVoter(_countedPosition))
        {
            BecomeFollower(_term, leaderId: 0); // room that was there when it stood is gone
            return default;
        }

        Role = Role.Leader;
        LeaderId = _nodeId;
        _noOpIndex = _log.LastIndex + (hasRoom ? 1 : 0);
        for (int i = 0; i < _progress.Length; i++)
        {
            _progress[i].Reset(_log.LastIndex + 1, _now);
            _progress[i].Incarnation = _configuration.Members[i].Incarnation;
        }

        _timeoutNowSent = false;
        HasHandedOver = false;
        HasMajorityRoom = true; // until members say otherwise
        _roomHandoverDue = _now + _options.HeartbeatInterval;
        IsTailInDoubt = false; // what the voters let it lack was never committed

        // The no-op itself tells the peers; heartbeats follow.
        _heartbeatsDue = false;
        _heartbeatDeadline = _now + _options.HeartbeatInterval;
        _steerDeadline = _now + _options.HeartbeatInterval;
        _quorumDeadline = _now + ElectionTimeout;
        BeginMeasuring();
        return new LogOrder(TruncateFrom: 0, AppendFrom: 0, AppendNoOp: hasRoom);
    }

    // §5.2: election timeouts are chosen randomly from a fixed interval, here one to two times the one in force, anew each time. A lower priority
    // moves and widens the interval, so that of nodes that could all be elected the one of the highest priority mostly is, and any is if the others
    // are gone.
    private void ResetElectionDeadline()
    {
        long least = ElectionTimeout.Ticks;
        least += least / CoreOptions.MaxElectionPriority * (CoreOptions.MaxElectionPriority - _options.ElectionPriority);
        _electionDeadline = _now + new TimeSpan(least + _random.Below(least));
    }
}
