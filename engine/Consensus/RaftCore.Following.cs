using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using RaftEngine.Protocol;

namespace RaftEngine.Consensus;

/// <summary>A follower's side of replication: log matching (Raft §5.3), and acknowledgments that never run ahead of the disk.</summary>
internal sealed partial class RaftCore
{
    // The highest index up to which this log is known to equal that of the current term's leader. What is committed always is (§5.4, leader completeness).
    private long _matched;

    // The highest index acknowledged, or known to the leader without it.
    private long _acknowledged;

    // An append was accepted that adds nothing, so that no sync will follow that would answer it.
    private bool _answerDue;

    // Figure 2, AppendEntries receiver implementation.
    private LogOrder HandleAppendRequest(in Message message, int sender)
    {
        if (!HearLeader(in message, sender))
        {
            return default;
        }

        long first = _log.FirstIndex - 1;

        // Entries before the log's first are compacted, hence committed, hence the same.
        bool isAheadOfFirst = message.LastIndex > message.Index && message.Index < first && message.EntryTerm > _log.TermAt(first);
        if (isAheadOfFirst && IsCommittedDisputed(in message, message.Index + 1, message.EntryTerm, sender))
        {
            return default; // no entry before the log's first is of so high a term
        }

        long previous = Math.Max(message.Index, first);
        if (message.Index >= first && (message.Index > _log.LastIndex || _log.TermAt(message.Index) != message.IndexTerm))
        {
            if (message.Index > _matched || !IsCommittedDisputed(in message, message.Index, message.IndexTerm, sender))
            {
                RefuseAppend(in message);
            }

            return default;
        }

        long matchedTo = previous;
        long overlapEnd = Math.Min(message.LastIndex, _log.LastIndex);
        if (overlapEnd > previous && _log.TermAt(previous + 1) >= message.EntryTerm)
        {
            matchedTo = Math.Max(previous, LogTerms.LastAtMost(_log, overlapEnd, message.EntryTerm));
        }

        long truncateFrom = matchedTo < overlapEnd ? matchedTo + 1 : 0;
        if (truncateFrom != 0 && truncateFrom <= _matched && IsCommittedDisputed(in message, truncateFrom, message.EntryTerm, sender))
        {
            return default;
        }

        long last = Math.Max(message.LastIndex, previous);
        if (matchedTo > _matched && matchedTo < last)
        {
            // News to this node, but what it had on disk before is no news of its disk: it is acknowledged along with the entries that follow.
            _acknowledged = Math.Max(_acknowledged, Math.Min(matchedTo, _log.DurableIndex));
        }

        _matched = Math.Max(_matched, last);
        CommitIndex = Math.Max(CommitIndex, Math.Min(message.Commit, last));
        _answerDue |= matchedTo == last;
        if (matchedTo == last)
        {
            return default;
        }

        MeasureAppend(in message);
        return new LogOrder(truncateFrom, AppendFrom: matchedTo + 1, AppendNoOp: false);
    }

    // §5.3, the optimization: instead of one index a round trip, the leader skips whole terms. The hint is the last entry here that the leader may
    // have as well: none of a higher term than the leader's at that index can be. The leader does the same to its own log with the hint's term.
    private void RefuseAppend(in Message message)
    {
        long hint = LogTerms.LastAtMost(_log, message.Index, message.IndexTerm);
        _pending.Add(AnswerTo(message.From, MessageKind.AppendResponse) with
        {
            Rejected = true,
            Index = message.Index,
            HintIndex = hint,
            HintTerm = _log.TermAt(hint),
            Run = _acknowledgingRun,
        });
    }

    private void HandleHeartbeatRequest(in Message message, int sender)
    {
        if (!HearLeader(in message, sender))
        {
            return;
        }

        // The leader says that up to here this run has acknowledged, and that it is committed.
        if (IsForThisRun(in message))
        {
            long acknowledged = Math.Max(message.LastIndex, message.Commit);
            if (acknowledged > _log.LastIndex)
            {
                if (_electorate.IsVoter(sender))
                {
                    throw CommittedEntriesLostException.Here(
                        _nodeId, message.From, acknowledged, _log.LastIndex, _log.TermAt(_log.LastIndex), _term);
                }

                Dispute();
                return;
            }

            CommitIndex = Math.Max(CommitIndex, message.Commit);
            _doubtEnd = Math.Min(_doubtEnd, message.Index);
        }

        HearReadIndex(message.Index);
        RepeatForwardedRead();
        _pending.Add(AnswerTo(message.From, MessageKind.HeartbeatResponse) with
        {
            ReadRound = message.ReadRound,
            SentAt = message.SentAt,
            Refusal = _log.HasRoomForCommands() ? ProposalRefusal.None : ProposalRefusal.LogFull,
            Run = _acknowledgingRun,
        });
    }

    // §5.2: a term has one leader at most, so the node that sends appends or heartbeats in it is the one; a candidate of the same term gives up. If two
    // do, one of them lies, or is not the member that it was: the first stays, but a voter goes before a node that this configuration does not know.
    private bool HearLeader(in Message message, int sender)
    {
        ulong leaderId = message.From;
        if (LeaderId != leaderId)
        {
            if (LeaderId != 0 && (Role == Role.Leader || _electorate.IsVoter(PositionOf(LeaderId)) || !_electorate.IsVoter(sender)))
            {
                Contradiction = Contradiction.SecondLeader;
                return false;
            }

            if (LeaderId != 0)
            {
                ResetMatched(); // which was to another log
            }
        }

        if (message.Kind == MessageKind.HeartbeatRequest)
        {
            SteerFromFollower(in message); // which minds whether this leader was known before
        }

        if (LeaderId != leaderId)
        {
            BecomeFollower(_term, leaderId);
        }

        _passedUp = 0;
        _heardUntil = _now + ElectionTimeout;
        ResetElectionDeadline();
        return true;
    }

    // A large message of the leader's is arriving: the leader is alive. It has not been heard for all that: this node's silence towards candidates, on which leases rest, is
    // counted from whole messages only.
    private void HearPart(ulong leaderId)
    {
        if (Role == Role.Follower && LeaderId == leaderId)
        {
            ResetElectionDeadline();
        }
    }

    // An acknowledgment says "on disk and equal to your log", and is cumulative: one a batch is enough. What was accepted but is not yet durable is
    // acknowledged by the first batch in which it is.
    private void CollectAcknowledgment(List<Message> outbox)
    {
        if (LeaderId == 0)
        {
            return;
        }

        long durable = Math.Min(_matched, _log.DurableIndex);
        EndDoubt(durable);
        if (_answerDue || durable > _acknowledged)
        {
            _answerDue = false;
            _acknowledged = Math.Max(_acknowledged, durable);
            outbox.Add(WithMeasurement(AnswerTo(LeaderId, MessageKind.AppendResponse) with { Index = durable, Run = _acknowledgingRun }));
        }
    }

    private void ResetMatched()
    {
        _matched = CommitIndex;
        _acknowledged = Math.Min(_matched, _log.DurableIndex);
        _answerDue = false;
        _measuredAppend = 0;
        _doubtEnd = long.MaxValue;
    }

    // A leader has all that is committed, so either its log or this one is not what it was. Only a voter is believed so far that this node stops; any
    // other leader is followed no more.
    private bool IsCommittedDisputed(in Message message, long index, long leaderTerm, int sender)
    {
        if (_electorate.IsVoter(sender))
        {
            ThrowCommittedDiffers(in message, index, leaderTerm);
        }

        Dispute();
        return true;
    }

    private void Dispute()
    {
        Contradiction = Contradiction.DisputesCommittedEntry;
        BecomeFollower(_term, leaderId: 0);
    }

    [DoesNotReturn]
    private void ThrowCommittedDiffers(in Message message, long index, long leaderTerm) => throw (index <= CommitIndex
        ? CommittedEntriesLostException.AtLeader(
            _nodeId, message.From, index, _log.TermAt(Math.Max(index, _log.FirstIndex - 1)), leaderTerm, CommitIndex)
        : new InvalidOperationException(
            $"Leader {message.From} has an entry of term {leaderTerm} at index {index}, and has told of another one there before, in the same term {_term}."));
}
