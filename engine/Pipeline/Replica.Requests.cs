using System;
using System.Buffers.Binary;
using RaftEngine.Consensus;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.Pipeline;

/// <summary>What callers ask for that is no command: reads of every freshness, other members, another leader.</summary>
internal sealed partial class Replica
{
    private const int PatienceInTimeouts = 3; // how many election timeouts a request waits for other nodes
    private const int StallInTimeouts = 10;   // for how many the commit index may stand still while something waits for it

    private readonly UnconfirmedReads _unconfirmedReads = new(); // on the leader: until a majority has confirmed their round
    private readonly UnconfirmedReads _forwardedReads = new();   // on a follower: until the leader has answered
    private readonly UnconfirmedReads _answeredReads = new();    // on a follower: until what the leader has answered is committed here
    private readonly UnconfirmedReads _leaderlessReads = new();  // on a node that forwards: until it knows a leader
    private readonly UnconfirmedReads _leaseReads = new();       // until the next batch, whose time is later than they are
    private TimeSpan _stillSince = TimeSpan.MaxValue; // since when something waits for the commit index, and it has not moved
    private long _stillCommit;
    private ulong _forwardedTo;
    private TimeSpan _configurationRetryAt; // when a log that had no room for a configuration is looked at again
    private Operation? _change;   // until the configuration at its index is committed
    private Operation? _transfer; // until this node leads no more, or goes on

    private void TakeRequest(in RingRecord record)
    {
        Operation request = OperationOf(in record) ?? throw new InvalidOperationException($"No operation has slot {record.Argument}.");
        switch (record.Tag)
        {
            case RingTag.Proposal:
                TakeProposal(request, EntryKind.Command, record.Payload);
                break;
            case RingTag.Session:
                TakeProposal(request, EntryKind.Session, record.Payload);
                break;
            case RingTag.Read:
                RequestRead(request);
                break;
            case RingTag.LeaseRead:
                _leaseReads.Add(request);
                break;
            case RingTag.StaleRead:
                ReadStale(request, TimeSpan.FromTicks(BinaryPrimitives.ReadInt64LittleEndian(record.Payload)));
                break;
            case RingTag.Change:
                Change(request, record.Payload);
                break;
            case RingTag.Transfer:
                Transfer(request, BinaryPrimitives.ReadUInt64LittleEndian(record.Payload));
                break;
            case RingTag.Snapshot:
                RequestSnapshot(request);
                break;
            default:
                throw new InvalidOperationException($"{record.Tag} is nothing that a caller asks for.");
        }
    }

    private void TakeProposal(Operation proposal, EntryKind kind, Span<byte> payload)
    {
        if (kind == EntryKind.Session)
        {
            SessionFormat.Stamp(payload, SessionTimeMilliseconds);
        }

        Propose(proposal, kind, payload);
    }

    private TimeSpan Patience => PatienceInTimeouts * _core.ElectionTimeout;

    private TimeSpan NextWaitDeadline
    {
        get
        {
            static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;
            TimeSpan deadline = Earlier(_unconfirmedReads.NextDeadline, Earlier(_forwardedReads.NextDeadline, _answeredReads.NextDeadline));
            return _leaderless is null ? deadline : Earlier(deadline, Earlier(_leaderless.NextDeadline, _leaderlessReads.NextDeadline));
        }
    }

    private Exception NotLeader() => new NotLeaderException(_core.LeaderId);

    // It waits for other nodes, and not for long: a leader that hears no majority steps down, but one whose first entry is not committed goes on, and every answer may be lost.
    private void RequestRead(Operation read)
    {
        read.Deadline = _now + Patience;
        if (_core.TryRequestRead(out ulong round, out long readIndex))
        {
            read.Index = readIndex;
            read.ReadRound = round;
            _unconfirmedReads.Add(read);
        }
        else if (_core.TryForwardRead(out ulong number))
        {
            read.ReadRound = number;
            _forwardedTo = _core.LeaderId;
            _forwardedReads.Add(read);
        }
        else if (MayWaitForLeader)
        {
            read.Deadline = _now + _core.ElectionTimeout;
            _leaderlessReads.Add(read);
        }
        else
        {
            read.Fail(new NotLeaderException(_core.LeaderId));
        }
    }

    // The time of this batch is later than reads that the last one took: a lease that lasts now lasted when they were asked for.
    private void ServeLeaseReads()
    {
        while (_leaseReads.TryTake(out Operation? read))
        {
            if (_core.TryLeaseRead(_now, out long readIndex))
            {
                read.Index = readIndex;
                _applyStage.AddRead(read);
            }
            else if (_core.Role == Role.Leader)
            {
                RequestRead(read);
            }
            else
            {
                read.Fail(new NotLeaderException(_core.LeaderId));
            }
        }
    }

    private void ReadStale(Operation read, TimeSpan maxStaleness)
    {
        if (_core.TryStaleRead(maxStaleness, _now, out long readIndex))
        {
            read.Index = readIndex;
            _applyStage.AddRead(read);
        }
        else
        {
            read.Fail(new TooStaleException(maxStaleness));
        }
    }

    private void ReleaseConfirmedReads()
    {
        while (_unconfirmedReads.TryTake(_core.ConfirmedReadRound, _core.CommitIndex, out Operation? read))
        {
            _applyStage.AddRead(read);
        }

        while (_forwardedReads.TryTake(_core.AnsweredReadNumber, long.MaxValue, out Operation? read))
        {
            read.Index = _core.AnsweredReadIndex;
            _answeredReads.Add(read);
        }

        while (_answeredReads.TryTake(ulong.MaxValue, _core.CommitIndex, out Operation? read))
        {
            _applyStage.AddRead(read);
        }

        // The current leader was not asked: the callers may ask again.
        if (!_forwardedReads.IsEmpty && _core.LeaderId != _forwardedTo)
        {
            _forwardedReads.FailAll(NotLeader);
        }

        _unconfirmedReads.FailExpired(_now, static () => new RequestRefusedException(RequestRefusal.TimedOut));
        _forwardedReads.FailExpired(_now, NotLeader);
        _answeredReads.FailExpired(_now, NotLeader);
    }

    private void Change(Operation request, ReadOnlySpan<byte> payload)
    {
        if (!ConfigurationFormat.TryRead(payload, out Configuration? target))
        {
            throw new InvalidOperationException("A configuration that a caller gave cannot be read.");
        }

        if (!HasRoom(2 * (int)RecordFormat.SizeOf(ConfigurationFormat.MaxBytes), out LogFullException? full))
        {
            request.Fail(full!);
            return;
        }

        EndRequests(); // the change before may have been committed by this batch, which lets the next one begin
        ChangeResult result = ChangeConfiguration(target);
        switch (result)
        {
            case ChangeResult.Accepted:
                request.Index = _log.LastIndex;
                _change = request;
                break;
            case ChangeResult.Unchanged:
                request.Index = _core.Configuration.Index;
                _applyStage.AddRead(request);
                break;
            case ChangeResult.NotLeader:
                request.Fail(new NotLeaderException(_core.LeaderId));
                break;
            default:
                request.Fail(new RequestRefusedException(result switch
                {
                    ChangeResult.TermNotCommitted => RequestRefusal.TermNotCommitted,
                    ChangeResult.ChangeInProgress => RequestRefusal.ChangeInProgress,
                    ChangeResult.TransferInProgress => RequestRefusal.TransferInProgress,
                    _ => RequestRefusal.TooManyMembers,
                }));
                break;
        }
    }

    private void Transfer(Operation request, ulong target)
    {
        EndRequests();
        TransferResult result = _core.TransferLeadership(target);
        switch (result)
        {
            case TransferResult.Accepted:
                _transfer = request;
                break;
            case TransferResult.AlreadyLeader:
                _applyStage.AddRead(request);
                break;
            case TransferResult.NotLeader:
                request.Fail(new NotLeaderException(_core.LeaderId));
                break;
            default:
                request.Fail(new RequestRefusedException(result switch
                {
                    TransferResult.NotVoter => RequestRefusal.NotVoter,
                    TransferResult.NotReachable => RequestRefusal.NotReachable,
                    _ => RequestRefusal.TransferInProgress,
                }));
                break;
        }
    }

    // A change of the voters takes two entries; the second is the leader's own doing. The request ends when what it asked for is committed, and applied here.
    private void EndRequests()
    {
        if (_change is not null
            && _view.ConfigurationAt(_core.CommitIndex) is { Configuration.IsJoint: false } committed && committed.Index >= _change.Index)
        {
            _change.Index = committed.Index;
            _applyStage.AddRead(_change);
            _change = null;
        }

        if (_transfer is not null && _core.Role == Role.Leader && _core.TransferTarget == 0)
        {
            _transfer.Fail(new RequestRefusedException(RequestRefusal.TimedOut));
            _transfer = null;
        }
    }

    // Others answer and nothing is committed, because the disks of a majority stand still, say. What waits for that ends, and goes on in the log.
    private void EndStalled()
    {
        long commit = _core.CommitIndex;
        if (_pending.LastIndex <= commit && _change is null)
        {
            _stillSince = TimeSpan.MaxValue;
        }
        else if (_stillSince == TimeSpan.MaxValue || commit != _stillCommit)
        {
            _stillSince = _now;
            _stillCommit = commit;
        }
        else if (_now - _stillSince >= StallInTimeouts * _core.ElectionTimeout)
        {
            _samples.Clear(); // as in FollowRole
            _pending.FailAbove(commit);
            _change?.FailUnknown();
            _change = null;
        }
    }

    // This node leads no more: what only a leader can promise ends.
    private void EndLeadersRequests()
    {
        EndRequests();
        _unconfirmedReads.FailAll(NotLeader);
        _change?.FailUnknown();
        _change = null;
        if (_transfer is not null)
        {
            _applyStage.AddRead(_transfer);
            _transfer = null;
        }
    }

    // The node has stopped.
    private void FailRequests(Exception? cause)
    {
        _applyStage.EndReads(cause);
        Exception Stopped() => new RaftStoppedException(cause);
        _unconfirmedReads.FailAll(Stopped);
        _forwardedReads.FailAll(Stopped);
        _answeredReads.FailAll(Stopped);
        _leaderlessReads.FailAll(Stopped);
        _leaseReads.FailAll(Stopped);
        _change?.FailUnknown(cause);
        _transfer?.Fail(Stopped());
        while (_snapshotRequests.TryDequeue(out Operation? request))
        {
            request.Fail(Stopped());
        }

        while (_leaderless is not null && _leaderless.TryTake(out (Operation Operation, EntryKind Kind, byte[] Payload) proposal))
        {
            proposal.Operation.Fail(Stopped());
        }
    }

    // The steps of a change that a leader takes by itself. Without room they wait, and stay due all the while.
    private void AppendOwnConfiguration()
    {
        _configurationRetryAt = default;
        if (_core.TryTakeConfiguration(out Configuration? configuration))
        {
            if (HasRoom((int)RecordFormat.SizeOf((uint)ConfigurationFormat.LengthOf(configuration)), out _))
            {
                AppendConfiguration(configuration);
            }
            else
            {
                _configurationRetryAt = _now + (_options.HeartbeatInterval / 2);
            }
        }
    }

    private void AppendConfiguration(Configuration configuration)
    {
        Span<byte> payload = stackalloc byte[ConfigurationFormat.MaxBytes];
        int length = ConfigurationFormat.Write(payload, configuration);
        _view.Appended(_log.Append(EntryKind.Configuration, _core.HardState.Term, payload[..length]), configuration);
        _entriesAppended++;
    }
}
