using System;
using System.Collections.Generic;
using RaftEngine.Protocol;

namespace RaftEngine.Consensus;

/// <summary>
/// Raft as a pure state machine: messages and the time go in, an order to the log and messages come out. It has no clock, no I/O and no threads, so that the same
/// inputs with the same seed give the same outputs, bit for bit.
/// </summary>
/// <remarks>
/// <para>One thread calls it, in batches: any number of <see cref="Step"/> and <see cref="Tick"/>, each followed at once by what its <see cref="LogOrder"/> says, and of
/// proposals, which the leader's caller appends to the log by itself; <see cref="LogDurable"/> if the durable index has moved; then <see cref="HardState"/>, if it has
/// changed, goes to disk; then one <see cref="Collect"/>, whose messages may be sent. Nothing that depends on a vote or a term leaves the node before these are on disk.</para>
/// <para>The handlers are grouped by the reader's page of the paper: this file has the rules for all servers (Figure 2), and beside it stand elections (§5.2, §5.4.1,
/// thesis §9.6), the follower's and the leader's side of replication (§5.3, §5.4.2, §5.5), and reads (§8).</para>
/// </remarks>
internal sealed partial class RaftCore
{
    private readonly CoreOptions _options;
    private readonly IRaftLogView _log;
    private readonly ulong _nodeId;

    // Everything about a voter is found by its position in Configuration.Voters; this node's own is -1 if it does not vote.
    private readonly Configuration _configuration;
    private readonly Progress[] _progress;
    private readonly int _ownPosition;

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
    /// <param name="now">The time: any clock that never goes back.</param>
    public RaftCore(CoreOptions options, HardState hardState, IRaftLogView log, TimeSpan now)
    {
        _options = options;
        _log = log;
        _nodeId = options.NodeId;
        _configuration = options.Configuration;
        _random = new SplitMix64(options.Seed);
        _now = now;
        _term = hardState.Term;
        _vote = hardState.Vote;

        _progress = new Progress[_configuration.Voters.Length];
        for (int i = 0; i < _progress.Length; i++)
        {
            _progress[i] = new Progress(_configuration.Voters[i], options.MaxInflightMessages, options.MaxInflightBytes);
        }

        _ownPosition = PositionOf(_nodeId);

        // Only committed entries are ever compacted.
        CommitIndex = log.FirstIndex - 1;
        ResetMatched();
        ResetElectionDeadline();
    }

    /// <summary>This node's role.</summary>
    public Role Role { get; private set; }

    /// <summary>The latest term seen, and the vote in it: to be on disk before anything collected is sent.</summary>
    public HardState HardState => new(_term, _vote);

    /// <summary>The leader of the current term; 0 while none is known.</summary>
    public ulong LeaderId { get; private set; }

    /// <summary>The highest index known to be committed. It never decreases.</summary>
    public long CommitIndex { get; private set; }

    /// <summary>What the leader knows of each voter, by position in the configuration (its own place is not used); of no meaning on other roles.</summary>
    public ReadOnlySpan<Progress> Peers => _progress;

    /// <summary>When <see cref="Tick"/> is to be called next, if nothing else happens before.</summary>
    public TimeSpan NextDeadline =>
        Role == Role.Leader ? (_heartbeatDeadline < _quorumDeadline ? _heartbeatDeadline : _quorumDeadline)
        : _ownPosition >= 0 ? _electionDeadline
        : TimeSpan.MaxValue;

    /// <summary>Lets time pass: heartbeats and the check of the quorum on a leader, elections on the others.</summary>
    /// <param name="now">The time.</param>
    /// <returns>What to do to the log.</returns>
    public LogOrder Tick(TimeSpan now)
    {
        AdvanceClock(now);
        if (Role == Role.Leader)
        {
            TickLeader();
            return default;
        }

        return _ownPosition >= 0 && _now >= _electionDeadline ? StartPreElection() : default;
    }

    /// <summary>Takes in a message. Lost, repeated, late and reordered messages of any kind are harmless.</summary>
    /// <param name="message">The message.</param>
    /// <param name="now">The time.</param>
    /// <returns>What to do to the log, before the next call.</returns>
    /// <exception cref="InvalidOperationException">The message contradicts what Raft guarantees: two leaders in a term, or a committed entry that differs.</exception>
    public LogOrder Step(in Message message, TimeSpan now)
    {
        AdvanceClock(now);
        int sender = PositionOf(message.From);

        // The configuration is the same on every node for as long as it lives, so that a node outside of it has nothing to say here.
        if (message.To != _nodeId || sender < 0 || sender == _ownPosition)
        {
            return default;
        }

        if (message.Term < _term)
        {
            AnswerStaleTerm(in message);
            return default;
        }

        if (message.Term > _term && !AcceptHigherTerm(in message))
        {
            return default;
        }

        switch (message.Kind)
        {
            case MessageKind.AppendRequest:
                return HandleAppendRequest(in message);
            case MessageKind.AppendResponse:
                HandleAppendResponse(in message, sender);
                return default;
            case MessageKind.HeartbeatRequest:
                HandleHeartbeatRequest(in message);
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
                HandleVoteRequest(in message);
                return default;
            case MessageKind.VoteResponse:
                return HandleVoteResponse(in message, sender);
            default:
                return default;
        }
    }

    /// <summary>
    /// The log's durable index has moved: a leader may now count itself (thesis §10.2.1); a follower's acknowledgment goes out with the next <see
    /// cref="Collect"/>.
    /// </summary>
    public void LogDurable()
    {
        if (Role == Role.Leader)
        {
            AdvanceCommit();
        }
    }

    /// <summary>Hands over all that is to be sent, once for a batch, after <see cref="HardState"/> is on disk.</summary>
    /// <param name="outbox">Where the messages are added.</param>
    public void Collect(List<Message> outbox)
    {
        outbox.AddRange(_pending);
        _pending.Clear();
        if (Role == Role.Leader)
        {
            CollectFromLeader(outbox);
        }
        else
        {
            CollectAcknowledgment(outbox);
        }
    }

    // Figure 2, all servers: whoever sees a higher term adopts it and becomes a follower, with the exceptions that keep a node from disturbing a cluster that works.
    // Returns false if the message is to be ignored altogether.
    private bool AcceptHigherTerm(in Message message)
    {
        switch (message.Kind)
        {
            // Asking whether an election would be won changes nothing here, and neither does its being granted: the term is one that nobody has started yet (thesis §9.6).
            case MessageKind.PreVoteRequest:
                return !HearsLeader;
            case MessageKind.PreVoteResponse when !message.Rejected:
                return true;

            // Whoever hears from a leader takes no part in deposing it (§6, thesis §4.2.3), and does not learn of the term either.
            case MessageKind.VoteRequest when HearsLeader:
                return false;
            case MessageKind.AppendRequest or MessageKind.HeartbeatRequest:
                BecomeFollower(message.Term, message.From);
                return true;
            case MessageKind.None:
                return false;
            default:
                BecomeFollower(message.Term, leaderId: 0);
                return true;
        }
    }

    // Figure 2: a request of an older term is refused. The sender learns the term from the answer: a leader or candidate of the past steps down, and one that could not be
    // elected for its term alone catches up with it, without which two nodes may refuse each other forever. Answers of the past are dropped.
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
            case MessageKind.AppendRequest or MessageKind.HeartbeatRequest:
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

        // Within a term the vote stays: whoever forgot it could vote twice. Only a leader has no election deadline that runs.
        if (Role == Role.Leader)
        {
            ResetElectionDeadline();
        }

        Role = Role.Follower;
        LeaderId = leaderId;
        _readRequested = false;
    }

    private void StartTerm(long term, ulong vote)
    {
        _term = term;
        _vote = vote;
        ResetMatched();
    }

    private void AdvanceClock(TimeSpan now)
    {
        if (now > _now)
        {
            _now = now;
        }
    }

    private int PositionOf(ulong nodeId) => _configuration.Voters.AsSpan().IndexOf(nodeId);

    private Message MessageTo(ulong nodeId, MessageKind kind) => new() { Kind = kind, From = _nodeId, To = nodeId, Term = _term };

    private void Answer(in Message request, MessageKind kind, bool rejected) => _pending.Add(MessageTo(request.From, kind) with { Rejected = rejected });
}
