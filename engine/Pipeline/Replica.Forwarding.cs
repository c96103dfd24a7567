using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RaftEngine.Consensus;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.Pipeline;

/// <summary>
/// Commands that are given to a node which does not lead: on that node, they go to the leader, and end with what this node's own state machine makes of them; on the leader,
/// they are appended, each at most once.
/// </summary>
/// <remarks>
/// <para>What is asked is asked of one leader, in one term: no other node appends it, and this one not in another term. A command is sent once. The leader takes numbers of a node
/// only as they rise, so that a message that comes twice, or too late, is appended once or not at all.</para>
/// <para>The answer goes out before the entry, so that this node knows index and term before it can apply it, and hands the proposal over to the apply stage as a leader does
/// with its own. An answer that comes when the index is committed here already is too late: the outcome is unknown.</para>
/// <para>"Never appended" is only said where it is sure: by a node that leads the term that was asked for, or has led it in this run, of a number that it takes for the first
/// time.</para>
/// </remarks>
internal sealed partial class Replica
{
    private const int MostAnswers = 64; // held back at once: in a row of batches of one command each, every command has an answer of its own

    private readonly ForwardedProposals? _forwarded; // null if this node does not forward, as the next
    private readonly LeaderlessProposals? _leaderless;
    private readonly TakenCommands _taken = new();
    private readonly List<Message> _answers = new(MostAnswers); // to what was taken in this batch
    private readonly ulong _incarnation;
    private readonly ulong _run;
    private ulong _askedLeader;
    private long _askedTerm;    // 0 if no leader has been asked, or that node no longer leads
    private ulong _formerLeader; // that was asked before: its answers may still be on their way
    private long _formerTerm;
    private bool _hasAsked;     // in this batch
    private long _toldCommit;   // what those who wait for it have been told of

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Forward(Operation proposal, EntryKind kind, ReadOnlySpan<byte> command)
    {
        if (MayWaitForLeader)
        {
            proposal.Deadline = proposal.Deadline == default ? _now + _core.ElectionTimeout : proposal.Deadline;
            _leaderless!.Add(proposal, kind, command);
            return;
        }

        if (_forwarded is null || _core.Role != Role.Follower || IsLeaderless)
        {
            proposal.Fail(new NotLeaderException(_core.TransferTarget != 0 ? _core.TransferTarget : _core.LeaderId));
            return;
        }

        if (!_forwarded.HasRoomFor(command.Length, out RaftOverloadedException? overload))
        {
            proposal.Fail(overload);
            return;
        }

        SaveHardState(); // before anything of its term is sent
        Message request = new()
        {
            Kind = MessageKind.ProposeRequest,
            From = _options.NodeId,
            To = _core.LeaderId,
            Term = _core.HardState.Term,
            EntryKind = kind,
            ReadRound = _forwarded.TakeNumber(),
            SentAt = _now.Ticks,
            Incarnation = _incarnation,
            Run = _run,
        };
        if (!_transport.Send(in request, command))
        {
            proposal.Fail(new NotLeaderException(_core.LeaderId)); // nothing of it has gone out
            return;
        }

        _forwarded.Add(request.ReadRound, proposal, command.Length, _now);
        _askedLeader = request.To;
        _askedTerm = request.Term;
        _hasAsked = true;
    }

    private bool IsLeaderless => _core.LeaderId == 0;

    // A directory that is not the member's waits in vain: no leader speaks to it.
    private bool MayWaitForLeader => _leaderless is not null && IsLeaderless && !_core.IsSuperseded;

    // Commands and reads that came while this node knew no leader, in their order, before those that came later.
    private void ServeLeaderless()
    {
        while (!IsLeaderless && _leaderless!.TryTake(out (Operation Operation, EntryKind Kind, byte[] Payload) proposal))
        {
            TakeProposal(proposal.Operation, proposal.Kind, proposal.Payload);
        }

        while (!IsLeaderless && _leaderlessReads.TryTake(out Operation? read))
        {
            RequestRead(read);
        }

        while (_leaderless!.NextDeadline <= _now && _leaderless.TryTake(out (Operation Operation, EntryKind Kind, byte[] Payload) proposal))
        {
            proposal.Operation.Fail(new NotLeaderException(0));
        }

        _leaderlessReads.FailExpired(_now, NotLeader);
    }

    // The leader that was asked does not lead here any more. If it handed over, it still answers, and its successor commits what it had appended; if not, what was asked ends
    // unknown in time.
    private void FollowAsked(long commitBefore)
    {
        if (_askedTerm != 0 && (_core.LeaderId != _askedLeader || _core.HardState.Term != _askedTerm))
        {
            (_formerLeader, _formerTerm) = (_askedLeader, _askedTerm);
            _askedTerm = 0;
            KeepPending(commitBefore);
        }
    }

    private void BeginTaking()
    {
        _taken.Begin(_leadingTerm);
        _toldCommit = _core.CommitIndex;
    }

    // True if the message is about a command on its way to the leader, of which the core knows nothing.
    private bool TakesForwarded(in Message message, Span<byte> command)
    {
        switch (message.Kind)
        {
            case MessageKind.ProposeRequest:
                TakeCommand(in message, command);
                return true;
            case MessageKind.ProposeResponse:
                TakeAnswer(in message);
                return true;
            default:
                return false;
        }
    }

    private void TakeCommand(in Message request, Span<byte> command)
    {
        if (request.Term != _taken.Term)
        {
            return; // this node has not led that term, or does not know any more what it did in it
        }

        if (!_taken.TryTake(request.From, request.ReadRound, out ulong highest))
        {
            if (highest != 0)
            {
                HoldAnswer(AnswerTo(in request, ProposalRefusal.Repeated) with { ReadRound = highest });
            }

            return;
        }

        Message answer = AnswerTo(in request, Judge(in request, command.Length));
        if (answer.Refusal == ProposalRefusal.None)
        {
            if (request.EntryKind == EntryKind.Session)
            {
                SessionFormat.Stamp(command, SessionTimeMilliseconds);
            }

            answer.Index = _log.Append(request.EntryKind, request.Term, command);
            answer.LastIndex = answer.Index;
            _taken.Appended(request.From, answer.Index);
            _entriesAppended++;
        }

        AddAnswer(in answer);
    }

    private ProposalRefusal Judge(in Message request, int commandBytes)
    {
        if (_leadingTerm != request.Term || !_core.AcceptsProposals || !IsMember(in request))
        {
            return ProposalRefusal.NotLeader;
        }

        if (request.Refusal != ProposalRefusal.None)
        {
            return request.Refusal; // the receiver's, which has let go of the command
        }

        if (_log.LastIndex - _core.CommitIndex >= _options.MaxInflightProposals)
        {
            return ProposalRefusal.Overloaded;
        }

        return MayAppendCommand(commandBytes, out _) ? ProposalRefusal.None : ProposalRefusal.LogFull;
    }

    // Of any role; but a removed node, or one whose data directory is not the member's, gets no entries, and would wait in vain.
    private bool IsMember(in Message request)
    {
        Member member = _core.Configuration.Configuration.Find(request.From);
        return member.Roles != MemberRoles.None && (member.Incarnation == 0 || member.Incarnation == request.Incarnation);
    }

    private Message AnswerTo(in Message request, ProposalRefusal refusal) => new()
    {
        Kind = MessageKind.ProposeResponse,
        From = _options.NodeId,
        To = request.From,
        Term = request.Term,
        ReadRound = request.ReadRound,
        SentAt = request.SentAt,
        Run = request.Run,
        Refusal = refusal,
    };

    // A node's commands mostly come in a row, and are appended in a row: one answer speaks of them all.
    private void AddAnswer(in Message answer)
    {
        Span<Message> answers = CollectionsMarshal.AsSpan(_answers);
        if (!answers.IsEmpty)
        {
            ref Message last = ref answers[^1];
            long count = last.LastIndex - last.Index + 1;
            bool isNext = last.To == answer.To && last.ReadRound + (ulong)count == answer.ReadRound && last.SentAt == answer.SentAt && last.Refusal == answer.Refusal
                && last.Run == answer.Run && last.Term == answer.Term && count < TakenCommands.MaxAnswered
                && (answer.Refusal != ProposalRefusal.None || last.LastIndex + 1 == answer.Index);
            if (isNext)
            {
                last.LastIndex++;
                return;
            }
        }

        HoldAnswer(in answer);
    }

    private void HoldAnswer(in Message answer)
    {
        if (_answers.Count == MostAnswers)
        {
            SaveHardState(); // before anything is sent
            SendAnswers();
        }

        _answers.Add(answer);
    }

    // Before the entries of the same batch.
    private bool SendAnswers()
    {
        bool any = _hasAsked || _answers.Count > 0;
        foreach (ref Message answer in CollectionsMarshal.AsSpan(_answers))
        {
            _transport.Send(in answer, default);
        }

        _answers.Clear();
        _hasAsked = false;
        return any;
    }

    // A follower learns of a commit with the next entries or the next heartbeat. One that waits for it should not wait as long.
    private void AnnounceCommit()
    {
        if (_leadingTerm == 0 || _core.CommitIndex == _toldCommit)
        {
            return;
        }

        int position = 0;
        while (_taken.TryFindAwaiting(_toldCommit, ref position, out ulong nodeId))
        {
            _core.AnnounceCommit(nodeId);
        }

        _toldCommit = _core.CommitIndex;
    }

    private void TakeAnswer(in Message answer)
    {
        bool isAsked = (answer.From == _askedLeader && answer.Term == _askedTerm) || (answer.From == _formerLeader && answer.Term == _formerTerm);
        if (_forwarded is null || !isAsked || answer.Run != _run)
        {
            return;
        }

        if (answer.Refusal == ProposalRefusal.Repeated)
        {
            _forwarded.SkipTo(answer.ReadRound);
            return;
        }

        for (long i = 0; i <= answer.LastIndex - answer.Index; i++)
        {
            Operation? proposal = _forwarded.Take(answer.ReadRound + (ulong)i, new TimeSpan(answer.SentAt));
            if (proposal is null)
            {
                continue; // it has ended
            }

            if (answer.Refusal != ProposalRefusal.None)
            {
                proposal.Fail(Explain(answer.Refusal));
                continue;
            }

            proposal.Index = answer.Index + i;
            proposal.Term = answer.Term;
            AwaitApplication(proposal);
        }

        if (answer.Term != _askedTerm)
        {
            KeepPending(_core.CommitIndex); // its successor commits them, or they are never committed
        }
    }

    private void AwaitApplication(Operation proposal)
    {
        // Up to the commit index the apply thread may have gone by already.
        if (proposal.Index > _core.CommitIndex && _pending.HasRoomAt(proposal.Index))
        {
            _pending.Add(proposal);
        }
        else
        {
            proposal.FailUnknown();
        }
    }

    private Exception Explain(ProposalRefusal refusal) => refusal switch
    {
        ProposalRefusal.NotLeader => new NotLeaderException(_core.LeaderId),
        ProposalRefusal.Overloaded => new RaftOverloadedException(nameof(RaftOptions.MaxInflightProposals), _options.MaxInflightProposals),
        ProposalRefusal.LogFull => new LogFullException($"node {_core.LeaderId}", "it leads, and has not taken the command."),
        _ => new ArgumentException($"The command is larger than {nameof(RaftOptions.MaxCommandBytes)} of node {_core.LeaderId}, which leads."),
    };
}
