using System;
using RaftEngine.Consensus;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Snapshots;

namespace RaftEngine.Pipeline;

/// <summary>The loop's side of snapshots (Raft §7): when to take one, what of the log to give up, whom to send one to, and giving way to one that has arrived.</summary>
internal sealed partial class Replica
{
    /// <summary>How long after a disk without room for a snapshot the next one is tried.</summary>
    private static readonly TimeSpan SnapshotRetryDelay = TimeSpan.FromSeconds(10);

    /// <summary>How long after a disk without room for the log behind a snapshot that is tried again.</summary>
    private static readonly TimeSpan GiveWayRetryDelay = TimeSpan.FromSeconds(1);

    private readonly SnapshotStage? _snapshotStage; // these two are null if the state machine has no snapshots
    private readonly TransferStage? _transferStage;
    private long _snapshotIndex;
    private TimeSpan _snapshotRetryAt;
    private TimeSpan _giveWayRetryAt = TimeSpan.MaxValue; // when a log that found no room to give way tries again; MaxValue: none has
    private ulong _sendingTo; // the peer that is being sent a snapshot; 0: none
    private SnapshotHeader? _arrived; // whole and on disk, and the log has not given way to it yet

    private bool HasSnapshotWork => _snapshotStage is { HasResult: true }
        || (_transferStage is not null && (!_transferStage.ToLoop.IsEmpty || (MayGiveWay && _applyStage.IsPaused && _giveWayRetryAt == TimeSpan.MaxValue)));

    // Without a leader nothing gives way, however long it is due; or the loop would run for nothing, again and again.
    private bool MayGiveWay => _arrived is not null && _core.LeaderId != 0;

    private void HandleSnapshots()
    {
        if (_snapshotStage is not null && _transferStage is not null)
        {
            _transferStage.ToLoop.TrimNowAndThen(_now);
            HearOfTransfers(_transferStage);
            GiveWay(_transferStage);
            TakeSnapshots(_snapshotStage);
        }
    }

    // Each node takes its snapshots by itself, of what it has applied, and then gives up the log that they stand for, but for a margin for followers that are behind.
    private void TakeSnapshots(SnapshotStage stage)
    {
        if (stage.TryTake(out long index))
        {
            if (index == 0)
            {
                _snapshotRetryAt = _now + SnapshotRetryDelay;
                FailSnapshotRequests(stage.NoRoom!);
                return;
            }

            if (index > _snapshotIndex)
            {
                _snapshotIndex = index;
                CompactLog();
            }
        }
        else if (_now >= _retentionDue && (_retained.Count != 0 || Readers.HoldsLog))
        {
            CompactLog();
        }

        bool isDue = stage.IsIdle && _arrived is null && _applyStage.AppliedIndex > _snapshotIndex && _now >= _snapshotRetryAt;
        if (isDue && _log.BytesFrom(_snapshotIndex + 1) >= _options.SnapshotLogBytes)
        {
            _applyStage.CaptureState();
        }

        ServeSnapshotRequests(stage);
    }

    private void HearOfTransfers(TransferStage stage)
    {
        while (stage.ToLoop.TryHear(out TransferEvent happened))
        {
            _sendingTo = happened.Peer == _sendingTo ? 0 : _sendingTo;
            switch (happened.Kind)
            {
                case TransferEventKind.Sent:
                    _core.ReportSnapshotSent(happened.Peer, happened.Index);
                    break;
                case TransferEventKind.Failed:
                    ReleaseRetained(happened.Peer);
                    _core.ReportSnapshotFailed(happened.Peer);
                    break;
                case TransferEventKind.Arrived:
                    _arrived = happened.Snapshot;
                    break;
                default:
                    throw new InvalidOperationException($"{happened.Kind} is not for the loop.");
            }
        }
    }

    // A snapshot that has arrived is stepped like a message of its leader's. If the log must be replaced, no thread may
    // be reading it: the apply stage pauses first, and takes up the snapshot's state after. It applies what is
    // committed while the log cannot give way: without a leader, or without room.
    private void GiveWay(TransferStage stage)
    {
        bool mayTry = _giveWayRetryAt == TimeSpan.MaxValue || _now >= _giveWayRetryAt;
        if (_arrived is not { } header || !mayTry)
        {
            return;
        }

        if (_core.LeaderId == 0)
        {
            _applyStage.Resume(restore: false);
            return;
        }

        if (_core.Role == Role.Leader)
        {
            EndGivingWay(stage, header, isReset: false); // a leader has everything that is committed (§5.4.3, leader completeness)
            return;
        }

        bool isHere = header.Index <= _core.CommitIndex || (header.Index <= _log.LastIndex && _log.TermAt(header.Index) == header.Term);

        // As long as the disk has no room for the new log's first segment, the old one stays, and the snapshot's
        // arrival is not announced.
        _giveWayRetryAt = TimeSpan.MaxValue;
        if (!isHere && !_log.TryPrepareReset())
        {
            _view.NoteFull();
            _giveWayRetryAt = _now + GiveWayRetryDelay;
            _applyStage.Resume(restore: false);
            return;
        }

        if (!isHere && !_applyStage.IsPaused)
        {
            _applyStage.Pause();
            return;
        }

        if (!isHere && !Readers.TryHold())
        {
            return; // one is just reading; it takes microseconds, and the next batch comes at once
        }

        Message install = new()
        {
            Kind = MessageKind.InstallSnapshot,
            From = _core.LeaderId,
            To = _options.NodeId,
            Term = _core.HardState.Term,
            Index = header.Index,
            IndexTerm = header.Term,
            PreviousChain = header.Chain,
        };
        LogOrder order = _core.Step(in install, _now);
        if (order.ResetLog)
        {
            SaveHardState();
            _log.Reset(header.Index, header.Term, header.Chain);
            _view.Reset(new LoggedConfiguration(header.Index, StateRecovery.ConfigurationOf(header)));
            _pending.FailAll(null); // this node never applies these commands; the apply thread, whose these may be, pauses
        }

        EndGivingWay(stage, header, order.ResetLog);
    }

    private void EndGivingWay(TransferStage stage, SnapshotHeader header, bool isReset)
    {
        _giveWayRetryAt = TimeSpan.MaxValue;
        _applyStage.Resume(restore: isReset);
        Readers.Release();
        _snapshotIndex = Math.Max(_snapshotIndex, isReset ? header.Index : 0);
        _arrived = null;
        stage.FromLoop.Tell(new TransferEvent(TransferEventKind.Installed, Index: header.Index));
    }

    // What the core wants sent to a peer is a snapshot. Without any, this node keeps its whole log, and no peer needs
    // one. One peer at a time; one that is no member any more may be gone, and its answers are not waited for.
    private void BeginSending(ulong peer)
    {
        if (_transferStage is null)
        {
            _core.ReportSnapshotFailed(peer);
            return;
        }

        if (_sendingTo != 0 && _core.Configuration.Configuration.Find(_sendingTo).Roles == MemberRoles.None)
        {
            StopSending();
        }

        _sendingTo = _sendingTo == 0 ? peer : _sendingTo;
        if (_sendingTo == peer)
        {
            RetainFor(peer);
        }

        _transferStage.FromLoop.Tell(new TransferEvent(TransferEventKind.Begin, peer));
    }

    private void StopSending()
    {
        ReleaseRetained(_sendingTo);
        _sendingTo = 0;
        _transferStage?.FromLoop.Tell(new TransferEvent(TransferEventKind.Stop));
    }

    // True if the message is about a snapshot's bytes, of which the core knows nothing. Those of another term are as good as lost.
    private bool TakesSnapshotMessage(in Message message, ReadOnlySpan<byte> body)
    {
        if (message.Kind is not (MessageKind.SnapshotPieces or MessageKind.SnapshotResponse))
        {
            return false;
        }

        bool isFromLeader = message.Kind == MessageKind.SnapshotPieces && message.From == _core.LeaderId && _core.Role == Role.Follower;
        bool isToLeader = message.Kind == MessageKind.SnapshotResponse && _core.Role == Role.Leader;
        if (message.Term == _core.HardState.Term && (isFromLeader || isToLeader))
        {
            _transferStage?.FromLoop.Send(in message, body);
        }

        return true;
    }

    private bool SendSnapshotMessages()
    {
        bool any = false;
        while (_transferStage is not null && _transferStage.ToLoop.TryTake(out Message message, out ReadOnlySpan<byte> body))
        {
            message.From = _options.NodeId;
            message.Term = _core.HardState.Term;
            if (message.Kind == MessageKind.SnapshotPieces ? _core.Role == Role.Leader : _core.LeaderId == message.To)
            {
                any |= _transport.Send(in message, body);
            }

            _transferStage.ToLoop.Next();
        }

        return any;
    }
}
