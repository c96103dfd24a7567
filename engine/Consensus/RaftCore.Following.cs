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
    private LogOrder HandleAppendRequest(in Message message)
    {
        HearLeader(message.From);
        long first = _log.FirstIndex - 1;
        bool carriesNothing = message.LastIndex == message.Index;
        if (message.Index < 0 || message.LastIndex < message.Index || (!carriesNothing && (message.EntryTerm < message.IndexTerm || message.EntryTerm > _term)))
        {
            return default; // Not a piece of any leader's log.
        }

        // Entries before the log's first are compacted, hence committed, hence the same.
        if (!carriesNothing && message.Index < first && message.EntryTerm > _log.TermAt(first))
        {
            ThrowCommittedDiffers(in message, message.Index + 1, message.EntryTerm); // no entry before the log's first is of so high a term
        }

        long previous = Math.Max(message.Index, first);
        if (message.Index >= first && (message.Index > _log.LastIndex || _log.TermAt(message.Index) != message.IndexTerm))
        {
            RefuseAppend(in message);
            return default;
        }

        long matchedTo = previous;
        long overlapEnd = Math.Min(message.LastIndex, _log.LastIndex);
        if (overlapEnd > previous && _log.TermAt(previous + 1) >= message.EntryTerm)
        {
            matchedTo = Math.Max(previous, LogTerms.LastAtMost(_log, overlapEnd, message.EntryTerm));
        }

        long truncateFrom = matchedTo < overlapEnd ? matchedTo + 1 : 0;
        if (truncateFrom != 0 && truncateFrom <= _matched)
        {
            ThrowCommittedDiffers(in message, truncateFrom, message.EntryTerm);
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
        if (message.Index <= _matched)
        {
            ThrowCommittedDiffers(in message, message.Index, message.IndexTerm);
        }

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

    private void HandleHeartbeatRequest(in Message message)
    {
        SteerFromFollower(in message);
        HearLeader(message.From);

        // The leader says that up to here this run has acknowledged, and that it is committed.
        if (IsForThisRun(in message))
        {
            long acknowledged = Math.Max(message.LastIndex, message.Commit);
            if (acknowledged > _log.LastIndex)
            {
                throw CommittedEntriesLostException.Here(
                    _nodeId, message.From, acknowledged, _log.LastIndex, _log.TermAt(_log.LastIndex), _term);
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
            Run = _acknowledgingRun,
        });
    }

    // §5.2: a term has one leader at most, so that whoever sends appends or heartbeats in it is the one; a candidate of the same term gives up.
    private void HearLeader(ulong leaderId)
    {
        if (LeaderId != leaderId)
        {
            if (LeaderId != 0)
            {
                throw new InvalidOperationException($"Nodes {LeaderId} and {leaderId} both lead term {_term}.");
            }

            BecomeFollower(_term, leaderId);
        }

        _heardUntil = _now + ElectionTimeout;
        ResetElectionDeadline();
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

    [DoesNotReturn]
    private void ThrowCommittedDiffers(in Message message, long index, long leaderTerm) => throw (index <= CommitIndex
        ? CommittedEntriesLostException.AtLeader(
            _nodeId, message.From, index, _log.TermAt(Math.Max(index, _log.FirstIndex - 1)), leaderTerm, CommitIndex)
        : new InvalidOperationException(
            $"Leader {message.From} has an entry of term {leaderTerm} at index {index}, and has told of another one there before, in the same term {_term}."));
}
