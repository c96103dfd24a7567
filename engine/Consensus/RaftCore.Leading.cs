using System;
using System.Collections.Generic;
using RaftEngine.Protocol;

namespace RaftEngine.Consensus;

/// <summary>The leader's side of replication: Raft §5.3, commitment §5.4.2, retries §5.5, pipelining and its own disk in parallel (thesis
/// §10.2.1).</summary>
internal sealed partial class RaftCore
{
    private TimeSpan _heartbeatDeadline;
    private TimeSpan _quorumDeadline;
    private TimeSpan _steerDeadline; // of its own: each read round sends heartbeats, and moves the deadline of the next
    private bool _heartbeatsDue;

    // The first entry of this leader's term: its no-op. An entry is of the current term exactly if its index is this or higher. The last entry of the
    // log if the only voter has no room for a no-op.
    private long _noOpIndex;

    /// <summary>Messages to a peer may have been lost, say with its connection: find out where it stands instead of streaming on.</summary>
    /// <param name="nodeId">The peer.</param>
    public void ReportUnreachable(ulong nodeId)
    {
        if (Role != Role.Leader || PositionOf(nodeId) is not (int position and >= 0))
        {
            return;
        }

        Progress peer = _progress[position];
        peer.Lost();
        if (peer.State == ProgressState.Replicate)
        {
            peer.BecomeProbe(peer.Match + 1);
        }
    }

    // Thesis §6.2: a leader that has not heard from a majority for an election timeout steps down, so that clients do not wait for one that is cut off.
    private void TickLeader()
    {
        if (_now >= _quorumDeadline)
        {
            Span<long> heardAt = stackalloc long[_progress.Length];
            for (int i = 0; i < heardAt.Length; i++)
            {
                heardAt[i] = i == _countedPosition ? _now.Ticks : _progress[i].HeardAt.Ticks;
            }

            _quorumDeadline = new TimeSpan(_electorate.Reached(heardAt)) + ElectionTimeout;
            if (_now >= _quorumDeadline)
            {
                BecomeFollower(_term, leaderId: 0);
                return;
            }
        }

        TickTransfer();
        if (_now >= _steerDeadline)
        {
            TickStall();
            TickRoom();
            SteerFromLeader();
            _steerDeadline = _now + _options.HeartbeatInterval;
        }

        if (_now >= _heartbeatDeadline)
        {
            _heartbeatsDue = true;
            _heartbeatDeadline = _now + _options.HeartbeatInterval;
        }
    }

    /// <summary>A peer waits for what is committed now: it hears of it with the next <see cref="Collect"/>, instead of with the next entries or the next heartbeat.</summary>
    /// <param name="nodeId">The peer.</param>
    public void AnnounceCommit(ulong nodeId)
    {
        int position = PositionOf(nodeId);
        if (Role == Role.Leader && position >= 0 && _progress[position].State == ProgressState.Replicate)
        {
            _progress[position].RequestAppend();
        }
    }

    private void HandleAppendResponse(in Message message, int sender)
    {
        if (Role != Role.Leader)
        {
            return;
        }

        if (message.Index > _log.LastIndex)
        {
            Contradiction = Contradiction.AcknowledgesMissingEntry;
            return;
        }

        Progress peer = _progress[sender];
        peer.Heard(_now);
        if (!IsOfKnownRun(peer, in message))
        {
            return;
        }

        if (!message.Rejected)
        {
            if (peer.State == ProgressState.Snapshot && message.Index >= _log.FirstIndex - 1)
            {
                peer.BecomeProbe(message.Index + 1); // It has the snapshot, or does not need one.
            }

            if (peer.Acknowledge(message.Index, _now))
            {
                AdvanceCommit();
            }

            if (message.SentAt > 0)
            {
                peer.Measured(new TimeSpan(message.SentAt), new TimeSpan(message.Duration), _now, _options.SteersWindows);
            }

            if (_configuration.Members[sender].IsPromotable)
            {
                CatchUp catchUp = peer.CatchUp;
                catchUp.Advance(peer.Match, _log.LastIndex, _now, ElectionTimeout);
                peer.CatchUp = catchUp;
            }
        }
        else if (peer.IsNewRefusal(message.Index))
        {
            // §5.3: go back to the last entry here that the follower may have as well: at or before its hint, of a term no higher than the hint's.
            long mayMatch = LogTerms.LastAtMost(_log, message.HintIndex, message.HintTerm);
            peer.BecomeProbe(Math.Min(message.Index, mayMatch + 1));
        }
    }

    private void HandleHeartbeatResponse(in Message message, int sender)
    {
        if (Role != Role.Leader)
        {
            return;
        }

        Progress peer = _progress[sender];
        peer.Heard(_now);

        // §5.5, retries: it is alive, but has not acknowledged everything, and the last append to it is not just under way: it, or its answer, may be lost.
        if (IsOfKnownRun(peer, in message)
            && (peer.Match < _log.LastIndex || peer.State == ProgressState.Probe) && peer.State != ProgressState.Snapshot
            && _now - peer.AppendSentAt >= _options.HeartbeatInterval)
        {
            peer.RequestAppend();
        }

        HearRoom(peer, message.Refusal == ProposalRefusal.LogFull);
        TimeSpan sentAt = new(message.SentAt);
        if (sentAt > peer.LeaseFrom && sentAt <= _now)
        {
            peer.LeaseFrom = sentAt;
            MeasureRound();
        }

        if (message.ReadRound > peer.ReadRound && message.ReadRound <= _readRound)
        {
            peer.ReadRound = message.ReadRound;
            ConfirmReads();
        }
    }

    // §5.3, §5.4.2: an entry is committed once a majority has it on disk, this node's own disk counted like any other; but only entries of the
    // current term are committed by counting (Figure 8). Those before it are committed with it, by Log Matching. The majority is that of the
    // configuration in force (§6).
    private void AdvanceCommit()
    {
        Span<long> durable = stackalloc long[_progress.Length];
        for (int i = 0; i < durable.Length; i++)
        {
            durable[i] = i == _countedPosition ? _log.DurableIndex : _progress[i].Match;
        }

        long reached = _electorate.Reached(durable);
        if (reached >= _noOpIndex && reached > CommitIndex)
        {
            CommitIndex = reached;
            MeasureCommit();
        }
    }

    private void CollectFromLeader(List<Message> outbox)
    {
        if (_log.LastIndex < _noOpIndex)
        {
            throw new InvalidOperationException($"The no-op of term {_term} at index {_noOpIndex} was ordered, but the log ends at {_log.LastIndex}.");
        }

        MeasureBroadcast();
        _heartbeatsDue |= IsStepDownDue;
        if (_heartbeatsDue)
        {
            _heartbeatsDue = false;
            _heartbeatDeadline = _now + _options.HeartbeatInterval;
            CollectHeartbeats(outbox);
        }

        for (int i = 0; i < _progress.Length; i++)
        {
            if (i != _ownPosition)
            {
                CollectAppends(_progress[i], outbox);
            }
        }

        CollectTransfer(outbox);
        if (IsStepDownDue)
        {
            StepDown(outbox);
        }
    }

    // A follower may take for committed only what it has surely got, so that the index is no higher than what it has acknowledged.
    private void CollectHeartbeats(List<Message> outbox)
    {
        for (int i = 0; i < _progress.Length; i++)
        {
            if (i != _ownPosition)
            {
                Progress peer = _progress[i];
                outbox.Add(MessageTo(peer, MessageKind.HeartbeatRequest) with
                {
                    Index = Math.Max(CommitIndex, _noOpIndex),
                    LastIndex = peer.Match,
                    Commit = Math.Min(peer.Match, CommitIndex),
                    ReadRound = _readRound,
                    Run = peer.Run,
                    SentAt = _now.Ticks,
                    Duration = ElectionTimeout.Ticks,
                });
            }
        }
    }

    // Everything that the window has room for, in runs of one term each; or an empty append, if one is due to find out where the peer stands.
    private void CollectAppends(Progress peer, List<Message> outbox)
    {
        long lastIndex = _log.LastIndex;
        if (peer.IsSuperseded || (peer.IsPaused && !peer.IsSnapshotDue))
        {
            return;
        }

        if (peer.Next < _log.FirstIndex)
        {
            CollectSnapshotRequest(peer, outbox);
            return;
        }

        while (!peer.IsPaused && peer.Next <= lastIndex)
        {
            EntryRun run = _log.RunFrom(peer.Next, Math.Min(_options.MaxMessageBytes, _options.MaxInflightBytes));
            if (!peer.Inflights.HasRoomFor(run.SizeInBytes))
            {
                break;
            }

            outbox.Add(AppendRequestTo(peer) with { LastIndex = run.LastIndex, EntryTerm = run.Term });
            peer.Sent(run.LastIndex, run.SizeInBytes, _now);
        }

        if (peer.IsAppendDue)
        {
            outbox.Add(AppendRequestTo(peer));
            peer.Sent(peer.Next - 1, 0, _now);
        }
    }

    private Message AppendRequestTo(Progress peer)
    {
        long previous = peer.Next - 1;
        return MessageTo(peer, MessageKind.AppendRequest) with
        {
            Index = previous,
            IndexTerm = _log.TermAt(previous),
            LastIndex = previous,
            Commit = CommitIndex,
            SentAt = _now.Ticks,
        };
    }
}
