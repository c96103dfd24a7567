using System;
using System.Collections.Generic;
using System.Threading.Tasks.Sources;
using RaftEngine.Consensus;
using RaftEngine.Log;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;

namespace RaftEngine.Simulate.Simulation;

/// <summary>What clients and administrators ask of a node.</summary>
internal sealed partial class NodeLife
{
    private readonly List<(Operation<Applied<ulong>> Operation, short Version, Call Call)> _commands = [];

    // Committed: what any node knew to be committed when the read was asked for.
    private readonly List<(Operation<long> Operation, short Version, Call Call, long Committed)> _barriers = [];
    private readonly List<(ulong Number, Call Call)> _otherReads = []; // of another node
    private readonly List<(Operation<long> Operation, short Version, Configuration Target, long Batch)> _changes = [];
    private long _batches;
    private bool _wantsBatch;

    /// <summary>Takes a client's call; it ends by <see cref="Call.End"/>, now or later.</summary>
    public void Take(Call call)
    {
        switch (call.Kind)
        {
            case CallKind.Write or CallKind.OpenSession:
                TakeCommand(call);
                break;
            case CallKind.LeaderRead or CallKind.LeaseRead:
                TakeLeaderRead(call);
                break;
            case CallKind.FollowerRead when Core.TryForwardRead(out ulong number):
                _otherReads.Add((number, call));
                _wantsBatch = true;
                break;
            default:
                call.End(CallOutcome.Refused, Core.LeaderId, null);
                break;
        }

        EndCalls();
        Settle();
    }

    /// <summary>Looks at what this node would read now without asking anybody, if it has a lease.</summary>
    public void CheckLease()
    {
        if (Core.TryLeaseRead(Now, out long index))
        {
            _cluster.Invariants.OnLease(this, index);
        }
    }

    /// <summary>Begins a change of the configuration.</summary>
    /// <returns>False if the node does not, for a reason that it may have.</returns>
    public bool ChangeConfiguration(Configuration target)
    {
        bool isAccepted = false;
        Run(() =>
        {
            try
            {
                isAccepted = _replica.ChangeConfiguration(target) == ChangeResult.Accepted;
            }
            catch (LogFullException)
            {
                // It has said so.
            }
        });
        _wantsBatch = true;
        Settle();
        return isAccepted;
    }

    /// <summary>Asks for a change of the configuration, as a caller of the node does: it may wait for the answer.</summary>
    /// <returns>False if the node takes no more calls.</returns>
    public bool AskForChange(Configuration target)
    {
        Operation<long>? operation = _reads.TryRent();
        if (operation is null)
        {
            return false;
        }

        short version = operation.Version;
        byte[] payload = new byte[ConfigurationFormat.LengthOf(target)];
        ConfigurationFormat.Write(payload, target);
        if (!_inbox.TryAdd(RingTag.Change, operation, default, payload, isAlone: false))
        {
            operation.Abandon();
            return false;
        }

        _changes.Add((operation, version, target, _batches));
        Settle();
        return true;
    }

    /// <summary>True if a change that is asked for, and may still come, names a node.</summary>
    public bool IsAskedFor(ulong id) => _changes.Exists(change => change.Target.Find(id).Roles != MemberRoles.None);

    public TransferResult TransferLeadership(ulong target)
    {
        TransferResult result = Core.TransferLeadership(target);
        _wantsBatch = true;
        Settle();
        return result;
    }

    private void TakeCommand(Call call)
    {
        Operation<Applied<ulong>>? operation = _proposals.TryRent();
        if (operation is null)
        {
            call.End(CallOutcome.Refused, 0, null);
            return;
        }

        short version = operation.Version;
        if (!_inbox.TryAdd(call.Session.Length > 0 ? RingTag.Session : RingTag.Proposal, operation, call.Session, call.Command, isAlone: false))
        {
            operation.Abandon();
            call.End(CallOutcome.Refused, 0, null);
            return;
        }

        _commands.Add((operation, version, call));
    }

    private void TakeLeaderRead(Call call)
    {
        Operation<long>? operation = _reads.TryRent();
        if (operation is null)
        {
            call.End(CallOutcome.Refused, 0, null);
            return;
        }

        short version = operation.Version;
        RingTag tag = call.Kind == CallKind.LeaseRead ? RingTag.LeaseRead : RingTag.Read;
        if (!_inbox.TryAdd(tag, operation, default, default, isAlone: false))
        {
            operation.Abandon();
            call.End(CallOutcome.Refused, 0, null);
            return;
        }

        _barriers.Add((operation, version, call, _cluster.Invariants.CommitIndex));
    }

    private void EndCalls()
    {
        for (int i = 0; i < _commands.Count; i++)
        {
            (Operation<Applied<ulong>> operation, short version, Call call) = _commands[i];
            if (operation.GetStatus(version) != ValueTaskSourceStatus.Pending)
            {
                _commands.RemoveAt(i--);
                EndCommand(operation, version, call);
            }
        }

        for (int i = 0; i < _barriers.Count; i++)
        {
            (Operation<long> operation, short version, Call call, long committed) = _barriers[i];
            if (operation.GetStatus(version) != ValueTaskSourceStatus.Pending)
            {
                _barriers.RemoveAt(i--);
                EndLeaderRead(operation, version, call, committed);
            }
        }

        for (int i = 0; i < _changes.Count; i++)
        {
            (Operation<long> operation, short version, _, _) = _changes[i];
            if (operation.GetStatus(version) != ValueTaskSourceStatus.Pending)
            {
                _changes.RemoveAt(i--);
                EndChange(operation, version);
            }
        }

        for (int i = 0; i < _otherReads.Count; i++)
        {
            (ulong number, Call call) = _otherReads[i];
            bool isAnswered = Core.AnsweredReadNumber >= number;
            if (isAnswered && AppliedIndex >= Core.AnsweredReadIndex)
            {
                _otherReads.RemoveAt(i--);
                call.End(CallOutcome.Done, 0, Store.Read(call.Slot, call.Generation));
            }
            else if (!isAnswered && (Core.Role == Role.Leader || Core.LeaderId == 0))
            {
                _otherReads.RemoveAt(i--);
                call.End(CallOutcome.Refused, 0, null);
            }
        }
    }

    private void EndCommand(Operation<Applied<ulong>> operation, short version, Call call)
    {
        long index = operation.Index;
        switch (operation.TakeResult(version, out Applied<ulong> applied))
        {
            case null:
                _cluster.Invariants.OnAcknowledged(this, in applied, call);
                _cluster.Tally.Count(EventKind.SessionRepeat, applied.Index < index);
                call.End(CallOutcome.Done, Node.Id, null, applied.Index);
                break;
            case SessionRefusedException { Reason: SessionRefusal.Settled }:
                call.End(CallOutcome.Settled, 0, null);
                break;
            case SessionRefusedException { Reason: SessionRefusal.Expired }:
                call.End(CallOutcome.Expired, Node.Id, null);
                break;
            case SessionRefusedException:
                call.End(CallOutcome.Refused, Node.Id, null);
                break;
            case NotLeaderException refused:
                call.End(CallOutcome.Refused, refused.LeaderId, null);
                break;
            case RaftOverloadedException or LogFullException or RaftStoppedException:
                call.End(CallOutcome.Refused, Node.Id, null);
                break;
            case OutcomeUnknownException:
                call.End(CallOutcome.Unknown, 0, null);
                break;
            case Exception other:
                throw new ViolationException($"Node {Node.Id} ends a command with {other.GetType().Name}: {other.Message}", other);
        }
    }

    // A change that a batch has taken ends with the leadership at the latest, once its node has applied what is committed.
    private void RequireEnds()
    {
        if (Core.Role != Role.Leader && AppliedIndex == Core.CommitIndex && _changes.Exists(change => change.Batch < _batches))
        {
            throw new ViolationException($"Node {Node.Id} leads no more, and a caller still waits for its change.");
        }
    }

    private void EndChange(Operation<long> operation, short version)
    {
        switch (operation.TakeResult(version, out _))
        {
            case null:
                _cluster.Tally.Count(EventKind.MembershipChange);
                break;
            case NotLeaderException or RequestRefusedException or LogFullException or OutcomeUnknownException or RaftStoppedException:
                _cluster.Tally.Count(EventKind.MembershipConflict);
                break;
            case Exception other:
                throw new ViolationException($"Node {Node.Id} ends a change with {other.GetType().Name}: {other.Message}", other);
        }
    }

    private void EndLeaderRead(Operation<long> operation, short version, Call call, long committed)
    {
        long readIndex = operation.Index;
        switch (operation.TakeResult(version, out _))
        {
            case null:
                Invariants.OnRead(this, readIndex, committed);
                call.End(CallOutcome.Done, 0, Store.Read(call.Slot, call.Generation));
                break;
            case NotLeaderException refused:
                call.End(CallOutcome.Refused, refused.LeaderId, null);
                break;
            case RaftStoppedException or RequestRefusedException { Reason: RequestRefusal.TimedOut }:
                call.End(CallOutcome.Refused, 0, null);
                break;
            case Exception other:
                throw new ViolationException($"Node {Node.Id} ends a read with {other.GetType().Name}: {other.Message}", other);
        }
    }

    // A caller that waits for a process that has died learns only that the connection is gone.
    private void LoseCalls()
    {
        _commands.ForEach(static waiting => waiting.Call.End(CallOutcome.Unknown, 0, null));
        _barriers.ForEach(static waiting => waiting.Call.End(CallOutcome.Refused, 0, null));
        _otherReads.ForEach(static waiting => waiting.Call.End(CallOutcome.Refused, 0, null));
        _commands.Clear();
        _barriers.Clear();
        _otherReads.Clear();
        _changes.Clear();
    }
}
