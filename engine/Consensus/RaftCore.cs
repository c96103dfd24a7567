using System;
using System.Collections.Generic;
using RaftEngine.Protocol;

namespace RaftEngine.Consensus;

/// <summary>
/// Raft as a pure state machine: messages and the time go in, an order to the log and messages come out. It has no clock, no I/O and no threads, so
/// that the same inputs with the same seed give the same outputs, bit for bit.
/// </summary>
/// <remarks>
/// <para>One thread calls it, in batches: any number of <see cref="Step"/> and <see cref="Tick"/>, each followed at once by what its <see
/// cref="LogOrder"/> says, and of proposals, which the leader's caller appends to the log by itself while <see cref="AcceptsProposals"/>; <see
/// cref="TryTakeConfiguration"/>, and the entry that it gives is appended; <see cref="LogDurable"/> if the durable index has moved; then <see
/// cref="HardState"/>, if it has changed, goes to disk; then one <see cref="Collect"/>, whose messages may be sent. Nothing that depends on a vote or
/// a term leaves the node before these are on disk.</para>
/// <para>The handlers are grouped by the reader's page of the paper: this file has the rules for all servers (Figure 2), and beside it stand
/// elections (§5.2, §5.4.1, thesis §9.6), the follower's and the leader's side of replication (§5.3, §5.4.2, §5.5), snapshots (§7), membership (§6,
/// thesis §4), transfer of leadership (thesis §3.10), reads (§8, thesis §6.4), and leases (thesis §6.4.1).</para>
/// </remarks>
internal sealed partial class RaftCore
{
    private readonly CoreOptions _options;
    private readonly IRaftLogView _log;
    private readonly ulong _nodeId;

    // Answers and vote requests of this batch, in the order in which they arose.
    private readonly List<Message> _pending = new(64);

    private SplitMix64 _random;
    private TimeSpan _now;
    private long _term;
    private ulong _vote;

    /// <summary>A node as it comes up: a follower that knows of no leader (Raft §5.2).</summary>
    /// <param name="options">The settings.</param>
    /// <param name="hardState">The term and vote that were last saved.</param>
    /// <param name="log">The log. Its caller owns it; it is always current.</param>
    /// <param name="now">The time: any clock that never goes back, and is not negative.</param>
    public RaftCore(CoreOptions options, HardState hardState, IRaftLogView log, TimeSpan now)
    {
        _options = options;
        _log = log;
        _nodeId = options.NodeId;
        _random = new SplitMix64(options.Seed);
        IsTailInDoubt = options.IsTailInDoubt;
        _acknowledgingRun = options.MayLoseTail || options.IsTailInDoubt ? options.Run : 0;
        _forwardNumber = _random.Next() >> 1;
        AnsweredReadNumber = _forwardNumber;
        _now = now;
        _term = hardState.Term;
        _vote = hardState.Vote;
        FollowConfiguration();

        // Only committed entries are ever compacted, or in a snapshot.
        CommitIndex = Math.Max(Math.Max(log.FirstIndex - 1, options.SnapshotIndex), options.CommittedIndex);
        ResetMatched();
        ElectionTimeout = options.ElectionTimeout;
        ResetElectionDeadline();

        // Before it came up it may have answered a leader whose lease rests on this node's silence towards candidates; in term 0 there was none.
        _heardUntil = _term > 0 ? now + options.ElectionTimeout : now;
    }

    /// <summary>This node's role.</summary>
    public Role Role { get; private set; }

    /// <summary>The latest term seen, and the vote in it: to be on disk before anything collected is sent.</summary>
    public HardState HardState => new(_term, _vote);

    /// <summary>The leader of the current term; 0 while none is known. A follower that forwards proposals forwards them there.</summary>
    public ulong LeaderId { get; private set; }

    /// <summary>The highest index known to be committed. It never decreases.</summary>
    public long CommitIndex { get; private set; }

    /// <summary>True if the caller may append proposals: this node leads, and is not about to cease.</summary>
    public bool AcceptsProposals => Role == Role.Leader && TransferTarget == 0 && !IsStepDownDue;

    /// <summary>How the message stepped last contradicts what Raft guarantees of its sender: it was dropped.</summary>
    public Contradiction Contradiction { get; private set; }

    /// <summary>When <see cref="Tick"/> is to be called next, if nothing else happens before.</summary>
    public TimeSpan NextDeadline
    {
        get
        {
            if (Role != Role.Leader)
            {
                return CanCampaign || LeaderId != 0 ? _electionDeadline : TimeSpan.MaxValue;
            }

            if (IsConfigurationDue || IsStepDownDue)
            {
                return _now;
            }

            TimeSpan deadline = _heartbeatDeadline < _quorumDeadline ? _heartbeatDeadline : _quorumDeadline;
            deadline = deadline < _steerDeadline ? deadline : _steerDeadline;
            return TransferTarget == 0 || deadline < _transferDeadline ? deadline : _transferDeadline;
        }
    }

    /// <summary>Lets time pass: heartbeats and the check of the quorum on a leader, elections on the others.</summary>
    /// <param name="now">The time.</param>
    /// <returns>What to do to the log.</returns>
    public LogOrder Tick(TimeSpan now)
    {
        AdvanceClock(now);
        FollowConfiguration();
        if (Role == Role.Leader)
        {
            TickLeader();
            return default;
        }

        if (_now < _electionDeadline)
        {
            return default;
        }

        if (CanCampaign)
        {
            return StartPreElection();
        }

        // A node that cannot stand for election still notices that the leader is gone or no longer sends to it: it
        // stops forwarding to that leader.
        LeaderId = 0;
        return default;
    }

    /// <summary>
    /// Takes in a message. Lost, repeated, late and reordered messages of any kind are harmless. A message of kind <see
    /// cref="MessageKind.InstallSnapshot"/> is stepped once the whole snapshot is on this node's disk.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="now">The time; see <see cref="CoreOptions.LeaseDrift"/> for how much older than the message's arrival it may be.</param>
    /// <returns>What to do to the log, before the next call.</returns>
    /// <exception cref="InvalidOperationException">The leader contradicts this node's own state: a committed or acknowledged entry differs, or is
    /// gone.</exception>
    public LogOrder Step(in Message message, TimeSpan now)
    {
        AdvanceClock(now);
        FollowConfiguration();
        Contradiction = ContradictionIn(in message);
        int sender = PositionOf(message.From);
        if (Contradiction != Contradiction.None || message.To != _nodeId || message.From == _nodeId || !IsBetweenMembers(in message, sender))
        {
            return default;
        }

        if (message.Term < _term)
        {
            AnswerStaleTerm(in message);
            return default;
        }

        return message.Term > _term && !AcceptHigherTerm(in message, sender) ? default : Dispatch(in message, sender);
    }

    /// <summary>True if a node may lead here, as far as is known: a voter that speaks for the current term's leader, or for a later one.</summary>
    /// <param name="message">An append request from it.</param>
    public bool MayLead(in Message message)
    {
        FollowConfiguration();
        bool isMeant = message.Incarnation == 0 || _options.Incarnation == 0 || message.Incarnation == _options.Incarnation;
        bool isCurrent = message.Term == _term && Role != Role.Leader && (LeaderId == 0 || LeaderId == message.From);
        bool isLater = message.Term > _term && Terms.IsWithinReach(_term, message.Term) && (!HearsLeader || Terms.IsNear(_term, message.Term));
        return isMeant && (isCurrent || isLater) && _electorate.IsVoter(PositionOf(message.From));
    }

    /// <summary>
    /// The log's durable index has moved: a leader may now count itself (thesis §10.2.1); a follower's acknowledgment goes out with the next <see
    /// cref="Collect"/>.
    /// </summary>
    /// <param name="now">The time.</param>
    public void LogDurable(TimeSpan now)
    {
        AdvanceClock(now);
        FollowConfiguration();
        if (Role == Role.Leader)
        {
            AdvanceCommit();
        }
    }

    /// <summary>Hands over all that is to be sent, once for a batch, after <see cref="HardState"/> is on disk.</summary>
    /// <param name="outbox">Where the messages are added.</param>
    /// <param name="now">The time.</param>
    public void Collect(List<Message> outbox, TimeSpan now)
    {
        AdvanceClock(now);
        FollowConfiguration();
        if (Role == Role.Leader)
        {
            StartReadRound(); // which may answer reads, if this node is a majority by itself
            outbox.AddRange(_pending);
            _pending.Clear();
            CollectFromLeader(outbox);
        }
        else
        {
            outbox.AddRange(_pending);
            _pending.Clear();
            CollectAcknowledgment(outbox);
            CollectForwardedRead(outbox);
        }
    }

    private LogOrder Dispatch(in Message message, int sender)
    {
        switch (message.Kind)
        {
            case MessageKind.None:
                HearPart(message.From);
                return default;
            case MessageKind.AppendRequest:
                return HandleAppendRequest(in message, sender);
            case MessageKind.AppendResponse:
                HandleAppendResponse(in message, sender);
                return default;
            case MessageKind.HeartbeatRequest:
                HandleHeartbeatRequest(in message, sender);
                return default;
            case MessageKind.HeartbeatResponse:
                HandleHeartbeatResponse(in message, sender);
                return default;
            case MessageKind.PreVoteRequest:
                HandlePreVoteRequest(in message);
                return default;
            case MessageKind.PreVoteResponse:
                return HandlePreVoteResponse(in message, sender);
            case MessageKind.VoteRequest:
                HandleVoteRequest(in message, sender);
                return default;
            case MessageKind.VoteResponse:
                return HandleVoteResponse(in message, sender);
            case MessageKind.TimeoutNow:
                return HandleTimeoutNow(in message);
            case MessageKind.ReadIndexRequest:
                HandleReadIndexRequest(in message);
                return default;
            case MessageKind.ReadIndexResponse:
                HandleReadIndexResponse(in message);
                return default;
            case MessageKind.InstallSnapshot:
                return HandleInstallSnapshot(in message, sender);
            default:
                return default;
        }
    }

    // Figure 2, all servers: a node that sees a higher term adopts it and becomes a follower, with the exceptions that keep others from disturbing a
    // cluster that works. Returns false if the message is to be ignored altogether.
    private bool AcceptHigherTerm(in Message message, int sender)
    {
        switch (message.Kind)
        {
            // Asking whether an election would be won changes nothing here, and neither does its being granted: no node
            // has started that term yet (thesis §9.6).
            case MessageKind.PreVoteRequest:
                return !HearsLeader;
            case MessageKind.PreVoteResponse when !message.Rejected:
                return true;

            // A node that hears from a leader takes no part in deposing it (§6, thesis §4.2.3), and does not learn of the term either; unless the leader
            // itself wants it.
            case MessageKind.VoteRequest when HearsLeader && !IsOrderedByLeader(in message, sender):
                return false;
            case MessageKind.VoteRequest:
                BecomeFollower(message.Term, leaderId: 0);
                return true;
            case MessageKind.AppendRequest or MessageKind.HeartbeatRequest or MessageKind.InstallSnapshot:
                if (HearsLeader && !(_electorate.IsVoter(sender) && Terms.IsNear(_term, message.Term)))
                {
                    return false; // It waits until this node hears from no leader: its configuration may be the one that is behind.
                }

                BecomeFollower(message.Term, message.From);
                return true;

            // What a member answers. Epochs are learned from those that lead or stand in them: an old member must not depose the leaders of a cluster that
            // it does not belong to any more.
            case MessageKind.PreVoteResponse or MessageKind.VoteResponse or MessageKind.AppendResponse or MessageKind.HeartbeatResponse
                or MessageKind.ReadIndexRequest:
                if (Terms.EpochOf(message.Term) != Terms.EpochOf(_term) || (HearsLeader && !Terms.IsNear(_term, message.Term)))
                {
                    return false;
                }

                BecomeFollower(message.Term, leaderId: 0);
                return true;

            // The rest says something only in the receiver's own term.
            default:
                return false;
        }
    }

    // What can be told without knowing who leads. A candidate's last entry is of an earlier term than the one that it stands in.
    private Contradiction ContradictionIn(in Message message)
    {
        if (!Terms.IsWithinReach(_term, message.Term))
        {
            return Contradiction.TermOutOfReach;
        }

        bool isPossible = message.Kind switch
        {
            MessageKind.PreVoteRequest or MessageKind.VoteRequest => message.IndexTerm < message.Term,
            MessageKind.InstallSnapshot => message.IndexTerm <= message.Term,
            MessageKind.AppendRequest => message.Index >= 0 && message.IndexTerm <= message.Term && message.LastIndex >= message.Index
                && (message.LastIndex == message.Index || (message.EntryTerm >= message.IndexTerm && message.EntryTerm <= message.Term)),
            _ => true,
        };
        return isPossible ? Contradiction.None : Contradiction.ImpossibleLog;
    }

    // Figure 2: a request of an older term is refused. The sender learns the term from the answer: a leader or candidate of the past steps down, and
    // one that could not be elected for its term alone catches up with it, without which two nodes may refuse each other forever. Answers of the past
    // are dropped.
    private void AnswerStaleTerm(in Message message)
    {
        switch (message.Kind)
        {
            case MessageKind.PreVoteRequest:
                Answer(in message, MessageKind.PreVoteResponse, rejected: true);
                break;
            case MessageKind.VoteRequest:
                Answer(in message, MessageKind.VoteResponse, rejected: true);
                break;
            case MessageKind.AppendRequest or MessageKind.HeartbeatRequest or MessageKind.InstallSnapshot:
                // Index stays 0, where all logs agree: should the receiver lead the newer term by now, this refuses nothing of it.
                Answer(in message, MessageKind.AppendResponse, rejected: true);
                break;
        }
    }

    private void BecomeFollower(long term, ulong leaderId)
    {
        if (term > _term)
        {
            StartTerm(term, vote: 0);
        }

        // Within a term the vote stays: a node that forgot it could vote twice. Only a leader has no election deadline
        // that runs.
        if (Role == Role.Leader)
        {
            ResetElectionDeadline();
            HasHandedOver = TransferTarget != 0;
            TransferTarget = 0;
            _forwardedReads.Clear();
        }

        Role = Role.Follower;
        LeaderId = leaderId;
        _readRequested = false;
        _heartbeatHeardAt = TimeSpan.MinValue; // the time without a leader is not an interval between heartbeats
    }

    private void StartTerm(long term, ulong vote)
    {
        _term = term;
        _vote = vote;
        _leaderReadIndex = 0; // what a deposed leader would have waited for may never be committed
        _leaderReadIndexHeardAt = TimeSpan.MinValue;
        ResetMatched();
    }

    private void AdvanceClock(TimeSpan now)
    {
        if (now > _now)
        {
            _now = now;
        }
    }

    private Message MessageTo(ulong nodeId, MessageKind kind) => new() { Kind = kind, From = _nodeId, To = nodeId, Term = _term };

    // What goes from a leader or candidate to a member names whom it takes the member for.
    private Message MessageTo(Progress peer, MessageKind kind) =>
        new() { Kind = kind, From = _nodeId, To = peer.NodeId, Term = _term, Incarnation = peer.Incarnation };

    // What is answered names this node itself.
    private Message AnswerTo(ulong nodeId, MessageKind kind) =>
        new() { Kind = kind, From = _nodeId, To = nodeId, Term = _term, Incarnation = _options.Incarnation };

    private void Answer(in Message request, MessageKind kind, bool rejected) => _pending.Add(AnswerTo(request.From, kind) with
    {
        Rejected = rejected,
        Run = kind == MessageKind.AppendResponse ? _acknowledgingRun : 0,
    });
}
