using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RaftEngine.Consensus;
using RaftEngine.Host;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.Pipeline;

/// <summary>
/// The single writer of all Raft state: takes what is in the inbox as one batch, steps the core, carries out what it orders, writes the log once, sends, and asks for one sync.
/// It has no thread and no clock of its own: <see cref="NodeLoop"/> lends it both.
/// </summary>
/// <remarks>
/// The order within a batch is what makes it safe (Raft Figure 2: "before responding"): hard state is on disk before the log is touched in its term and before anything is
/// sent; entries are in the file before they are sent or applied; a sync's end is taken before anything is acknowledged.
/// </remarks>
internal sealed partial class Replica
{
    /// <summary>How much of each queue one batch takes, so that a flood of one kind does not hold up heartbeats and acknowledgments.</summary>
    private const int MaxBatchBytes = 1 << 20;

    /// <summary>How long the log rests before its tail mark is written once more, now saying that all of it is on disk.</summary>
    private static readonly TimeSpan IdleMarkDelay = TimeSpan.FromMilliseconds(20);

    /// <summary>How often it is written down how far the log is committed.</summary>
    private static readonly TimeSpan CommitNoteInterval = TimeSpan.FromMilliseconds(50);

    private readonly RaftOptions _options;
    private readonly Func<TimeSpan> _clock;
    private readonly Inbox _inbox;
    private readonly IOperationTable _proposals;
    private readonly IOperationTable _reads;
    private readonly PendingProposals _pending;
    private readonly IRaftTransport _transport;
    private readonly IApplyStage _applyStage;
    private readonly FingerprintSchedule _fingerprints;
    private readonly PeerComparison? _peers; // null: all members are of this release
    private readonly SyncStage _syncStage;
    private readonly HostLogger _logger;
    private readonly DataDirectory _data;
    private readonly HardStateFile _hardStateFile;
    private readonly SegmentedLog _log;
    private readonly LogView _view;
    private readonly RaftCore _core;
    private readonly List<Message> _outbox = new(64);
    private readonly SamplesUnderWay _samples = new();

    private HardState _savedHardState;
    private TimeSpan _now;
    private TimeSpan _syncDue = TimeSpan.MaxValue;
    private TimeSpan _idleMarkDue = TimeSpan.MaxValue;
    private TimeSpan _commitNoteDue;
    private long _leadingTerm;              // 0 while this node does not lead
    private TimeSpan _leadingFrom;
    private long _leadingFromSessionTime;
    private long _entriesAppended;
    private int _clusterVersion;           // as of these:
    private int _knownMeetings = -1;
    private Configuration? _knownMembers;

    public Replica(ReplicaParts parts, TimeSpan now, ulong seed)
    {
        _options = parts.Options;
        _leaderless = _options.ForwardProposals ? new LeaderlessProposals(_options) : null;
        _clock = parts.Clock;
        _inbox = parts.Inbox;
        _proposals = parts.Proposals;
        _reads = parts.Reads;
        _pending = parts.Pending;
        _transport = parts.Transport;
        _applyStage = parts.ApplyStage;
        _fingerprints = new FingerprintSchedule(_applyStage.Fingerprint is null ? 0 : _options.FingerprintInterval);
        _peers = parts.Peers;
        _syncStage = parts.SyncStage;
        _logger = parts.Logger;
        _snapshotStage = parts.SnapshotStage;
        _transferStage = parts.TransferStage;
        _snapshotIndex = parts.Start.Index;
        _incarnation = parts.Incarnation;
        _run = parts.Run;
        _forwarded = _options.ForwardProposals ? new ForwardedProposals(_options, parts.FirstForwardNumber) : null;
        _data = parts.DataDirectory;
        _hardStateFile = parts.DataDirectory.HardState;
        _log = parts.DataDirectory.Log;
        Readers = new LogReaders(_log, _inbox.Turn.Wake);
        _now = now;
        _savedHardState = _hardStateFile.Current;
        _view = new LogView(_log, parts.Start.LoggedConfiguration, waitsForSync: _options.Durability == Durability.Fsync);
        _core = new RaftCore(
            new CoreOptions
            {
                NodeId = _options.NodeId,
                Incarnation = parts.Incarnation,
                IsFounder = _hardStateFile.IsFounder,
                ElectionTimeout = _options.ElectionTimeout,
                MaxElectionTimeout = _options.LongestElectionTimeout,
                HeartbeatInterval = _options.HeartbeatInterval,
                SteersWindows = _options.SteersWindows,
                LeaseDrift = _options.ElectionTimeout / 10,
                MaxMessageBytes = _options.MaxMessageBytes,
                MaxInflightMessages = _options.MaxInflightMessages,
                MaxInflightBytes = _options.MaxInflightBytes,
                SnapshotIndex = parts.Start.Index,
                CommittedIndex = _data.CommittedIndex,
                ElectionPriority = _options.ElectionPriority,
                Seed = seed,
                Run = parts.Run,
                MayLoseTail = _options.Durability != Durability.Fsync,
                IsTailInDoubt = _data.IsTailInDoubt,
            },
            _savedHardState,
            _view,
            now);
        if (_options.Durability != Durability.Fsync)
        {
            _data.BeginUnsynced();
        }
    }

    /// <summary>The readers of the log.</summary>
    public LogReaders Readers { get; }

    /// <summary>When the next batch must be run even if nothing arrives.</summary>
    public TimeSpan NextDeadline
    {
        get
        {
            TimeSpan deadline = _core.NextDeadline > _configurationRetryAt ? _core.NextDeadline : _configurationRetryAt;
            deadline = deadline < NextWaitDeadline ? deadline : NextWaitDeadline;
            deadline = deadline < _syncDue ? deadline : _syncDue;
            deadline = deadline < _idleMarkDue ? deadline : _idleMarkDue;
            deadline = deadline < _keptUntil ? deadline : _keptUntil;
            deadline = deadline < _commitNoteDue || _core.CommitIndex <= _data.CommittedIndex ? deadline : _commitNoteDue;
            deadline = _forwarded is null || deadline < _forwarded.NextDeadline ? deadline : _forwarded.NextDeadline;
            return deadline < _giveWayRetryAt || !MayGiveWay ? deadline : _giveWayRetryAt;
        }
    }

    /// <summary>True if a batch would find something to do.</summary>
    public bool HasWork => _inbox.HasWork || _syncStage.HasResult || HasSnapshotWork || Readers.HasWork || !_leaseReads.IsEmpty;

    /// <summary>True if nothing that was accepted is still on its way here.</summary>
    public bool IsDrained => _inbox.Proposals.IsEmpty
        && (_forwarded is null || _forwarded.IsEmpty)
        && _pending.LastIndex <= _applyStage.AppliedIndex
        && (_core.Role != Role.Leader || _taken.LastIndex <= _core.CommitIndex);

    /// <summary>The node's status after the last batch.</summary>
    public RaftStatus Status => new()
    {
        NodeId = _options.NodeId,
        Role = (RaftRole)_core.Role,
        Term = _core.HardState.Term,
        LeaderId = _core.LeaderId,
        LastIndex = _log.LastIndex,
        DurableIndex = _log.DurableIndex,
        CommitIndex = _core.CommitIndex,
        AppliedIndex = _applyStage.AppliedIndex,
        Fingerprint = _log.ChainAt(_core.CommitIndex),
        LogSyncs = _log.SyncCount,
        EntriesAppended = _entriesAppended,
        TornTailBytes = _log.TornTailBytes,
        IsLogFull = _view.IsFull,
        FirstIndex = _log.FirstIndex,
        SnapshotIndex = _snapshotIndex,
        Configuration = _core.Configuration.Configuration,
        ClusterVersion = ClusterVersion,
        IsSuperseded = _core.IsSuperseded,
        IsTailInDoubt = _core.IsTailInDoubt,
        ElectionTimeout = _core.ElectionTimeout,
        BroadcastTime = _core.BroadcastTime,
        IsElectionTimeoutTooShort = _core.IsElectionTimeoutTooShort,
        StallHandovers = _core.StallHandovers,
        RetentionsGivenUp = _retentionsGivenUp,
    };

    private int ClusterVersion
    {
        get
        {
            if (_peers is null)
            {
                return ClusterVersions.Newest;
            }

            Configuration configuration = _core.Configuration.Configuration;
            int meetings = _peers.Meetings; // before the look, so that a change meanwhile is looked at again
            if (meetings != _knownMeetings || !ReferenceEquals(configuration, _knownMembers))
            {
                (_knownMeetings, _knownMembers) = (meetings, configuration);
                _clusterVersion = _peers.ClusterVersion(configuration);
            }

            return _clusterVersion;
        }
    }

    /// <summary>Handles everything that waits, as one batch.</summary>
    /// <param name="now">The time on the node's monotonic clock.</param>
    public void RunBatch(TimeSpan now)
    {
        _now = now;
        TakeSyncResult();
        while (_inbox.TryTakeUnreachable(out ulong nodeId))
        {
            _core.ReportUnreachable(nodeId);
        }

        ServeLeaseReads();
        HandleSnapshots();
        StepMessages();
        if (_forwarded is not null)
        {
            ServeLeaderless();
        }

        TakeProposals();
        _forwarded?.EndExpired(now);
        EndKeptPending();
        if (now >= _core.NextDeadline)
        {
            long commitBefore = _core.CommitIndex;
            LogOrder order = _core.Tick(now);
            FollowRole(commitBefore);
            CarryOut(order, default, default);
        }

        AppendOwnConfiguration();
        AppendFingerprint();
        WriteLog();
        AnnounceCommit();
        SendCollected();
        FollowRole(_core.CommitIndex); // A leader that is no voter any more steps down with its last words.
        RequestSync();
        ReleaseConfirmedReads();
        EndRequests();
        EndStalled();
        _samples.Published(_core.CommitIndex);
        _applyStage.PublishCommit(_core.CommitIndex);
        Readers.Work(_core.CommitIndex);
        _log.ReleaseReads(Readers.ReleasedThrough(_applyStage.AppliedIndex));
        NoteCommitted();
    }

    /// <summary>Ends whatever still waits, once the loop and the apply stage have ended: the node stops.</summary>
    /// <param name="cause">The failure that stops it, if it is one.</param>
    public void Stop(Exception? cause)
    {
        _inbox.ClosedBy = cause;
        _inbox.Close();
        _data.IsTailInDoubt = _core.IsTailInDoubt;
        while (_inbox.Proposals.TryReadClaimed(out RingRecord record))
        {
            OperationOf(in record)?.Fail(new RaftStoppedException(cause));
            _inbox.Proposals.Advance();
        }

        Readers.EndAll(new RaftStoppedException(cause));
        FailRequests(cause);
        _forwarded?.EndAll(cause);
        _pending.FailAll(cause);
        if (cause is null && _core.CommitIndex > _data.CommittedIndex)
        {
            _data.NoteCommitted(_core.CommitIndex);
        }
    }

    private void TakeSyncResult()
    {
        if (_syncStage.TryTake(out SyncTicket ticket))
        {
            _log.CompleteSync(ticket);
            _samples.Durable(_log.DurableIndex);
            if (_log.DurableIndex == _log.LastIndex)
            {
                _idleMarkDue = _now + IdleMarkDelay;
            }
        }
    }

    private void StepMessages()
    {
        InboxRing ring = _inbox.Messages;
        ring.TrimNowAndThen(_now);
        int taken = 0;
        while (taken < MaxBatchBytes && ring.TryRead(out RingRecord record))
        {
            Span<byte> payload = record.Payload;
            Span<byte> body = record.Tag == RingTag.LargeMessage ? _inbox.TakeLargeBody() : payload[Unsafe.SizeOf<Message>()..];
            Step(in MemoryMarshal.AsRef<Message>(payload), body);
            taken += payload.Length + body.Length;
            ring.Advance();
        }

        ring.Release();
        _samples.Committed(_core.CommitIndex);
    }

    private void Step(in Message message, Span<byte> body)
    {
        if (TakesSnapshotMessage(in message, body) || TakesForwarded(in message, body))
        {
            return;
        }

        if (HasRoomFor(in message, body))
        {
            StepTaken(in message, body);
        }
        else if (message.Kind == MessageKind.AppendRequest)
        {
            StepWithoutRoom(message);
        }
    }

    private void StepTaken(in Message message, Span<byte> body)
    {
        if (!AgreesInChain(in message, body))
        {
            Disconnect(in message, Contradiction.DisputesChain);
            return;
        }

        long commitBefore = _core.CommitIndex;

        // A lease rests on this node's keeping silent towards candidates from when it has heard a heartbeat. The disk may have held the batch up until long after its own time,
        // and the heartbeat may have been sent since.
        LogOrder order = _core.Step(in message, message.Kind == MessageKind.HeartbeatRequest ? _clock() : _now);
        FollowRole(commitBefore);
        CarryOut(order, in message, body);
        if (_core.Contradiction != Contradiction.None)
        {
            Disconnect(in message, _core.Contradiction);
        }
    }

    private void TakeProposals()
    {
        InboxRing ring = _inbox.Proposals;
        ring.TrimNowAndThen(_now);
        int taken = 0;
        while (taken < MaxBatchBytes && ring.TryRead(out RingRecord record))
        {
            TakeRequest(in record);
            taken += record.Payload.Length + 16;
            ring.Advance();
        }

        ring.Release();
    }

    private Operation? OperationOf(in RingRecord record) =>
        (record.Tag is RingTag.Proposal or RingTag.Session ? _proposals : _reads).BySlot(record.Argument);

    private void Propose(Operation proposal, EntryKind kind, ReadOnlySpan<byte> payload)
    {
        if (!_core.AcceptsProposals)
        {
            Forward(proposal, kind, payload);
            return;
        }

        if (_log.LastIndex >= _fingerprints.DueFrom)
        {
            AppendFingerprint();
        }

        if (!_pending.HasRoomAt(_log.LastIndex + 1) || _log.LastIndex - _core.CommitIndex > _pending.Capacity)
        {
            proposal.Fail(new RaftOverloadedException(nameof(RaftOptions.MaxInflightProposals), _options.MaxInflightProposals));
            return;
        }

        if (!MayAppendCommand(payload.Length, out LogFullException? full))
        {
            proposal.Fail(full!);
            return;
        }

        long taken = proposal.Sample?.Now ?? 0;
        proposal.Term = _core.HardState.Term;
        proposal.Index = _log.Append(kind, proposal.Term, payload);
        _pending.Add(proposal);
        _samples.Add(proposal, taken);
        _entriesAppended++;
    }

    // The log's time goes on from where it was applied when this node came to lead, as fast as its clock: it is elapsed
    // time, and stands still while there is no leader. What the last leader's entries say beyond that is the later time
    // still (thesis §6.3).
    private long SessionTimeMilliseconds => _leadingFromSessionTime + (long)(_now - _leadingFrom).TotalMilliseconds;

    /// <summary>After each call of the core: when leadership ends, so does what only a leader can promise.</summary>
    /// <param name="commitBefore">The commit index before the call: what is committed above it was committed by another leader.</param>
    private void FollowRole(long commitBefore)
    {
        FollowAsked(commitBefore);
        long leadingTerm = _core.Role == Role.Leader ? _core.HardState.Term : 0;
        if (leadingTerm == _leadingTerm)
        {
            return;
        }

        if (_leadingTerm != 0)
        {
            _samples.Clear(); // before their operations end, and are used again
            EndOrKeepPending(commitBefore);
            EndLeadersRequests();
            StopSending();
        }

        _leadingTerm = leadingTerm;
        _leadingFrom = _now;
        _leadingFromSessionTime = _applyStage.SessionTimeMilliseconds;
        if (leadingTerm != 0)
        {
            BeginTaking();
            _keptUntil = TimeSpan.MaxValue; // what was kept is in this leader's own log
        }
    }

    private void CarryOut(LogOrder order, in Message message, ReadOnlySpan<byte> body)
    {
        if (order == default)
        {
            return;
        }

        SaveHardState();
        if (order.TruncateFrom > 0)
        {
            _pending.FailAbove(order.TruncateFrom - 1);
            _keptTo = Math.Min(_keptTo, order.TruncateFrom - 1);
            _log.TruncateFrom(order.TruncateFrom);
            _view.Truncated(order.TruncateFrom);
        }

        if (order.AppendFrom > 0)
        {
            AppendReceived(order.AppendFrom, in message, body);
        }

        if (order.AppendNoOp)
        {
            _log.Append(EntryKind.NoOp, _core.HardState.Term, default);
            _entriesAppended++;
        }
    }

    // So that replicas whose states differ are found.
    private void AppendFingerprint()
    {
        if (_applyStage.Fingerprint is { } own
            && _core.AcceptsProposals
            && ClusterVersion >= ClusterVersions.Fingerprints
            && _fingerprints.IsDue(_core.HardState.Term, _log.LastIndex, own, out long index, out ulong fingerprint)
            && MayAppendCommand(FingerprintFormat.SizeInBytes, out _))
        {
            Span<byte> payload = stackalloc byte[FingerprintFormat.SizeInBytes];
            FingerprintFormat.Write(payload, index, fingerprint);
            _fingerprints.Appended(_log.Append(EntryKind.Fingerprint, _core.HardState.Term, payload));
            _entriesAppended++;
        }
    }

    private void AppendReceived(long appendFrom, in Message message, ReadOnlySpan<byte> body)
    {
        long known = appendFrom - message.Index - 1;
        if (known > 0)
        {
            int offset = RecordFormat.OffsetOf(body, known);
            CheckChain(appendFrom - 1, message.EntryTerm, RecordFormat.ReadChain(body[..offset]));
            body = body[offset..];
        }

        _log.AppendRun(appendFrom, message.LastIndex, message.EntryTerm, body);
        _view.Appended(appendFrom, body);
        _entriesAppended += message.LastIndex - appendFrom + 1;
    }

    private void SaveHardState()
    {
        if (_core.HardState != _savedHardState)
        {
            _hardStateFile.Save(_core.HardState);
            _savedHardState = _core.HardState;
        }
    }

    private void WriteLog()
    {
        SaveHardState();
        if (_view.WrittenIndex != _log.LastIndex)
        {
            _log.Flush();
            _samples.Written();
            _view.WrittenIndex = _log.LastIndex;
            _idleMarkDue = TimeSpan.MaxValue;
        }
        else if (_now >= _idleMarkDue)
        {
            _log.WriteIdleMark();
            _idleMarkDue = TimeSpan.MaxValue;
        }

        _core.LogDurable(_now);
        _samples.Committed(_core.CommitIndex);
    }

    // Lazily and without a sync, once all that waits for the batch has been told.
    private void NoteCommitted()
    {
        if (_core.CommitIndex > _data.CommittedIndex && _now >= _commitNoteDue)
        {
            _commitNoteDue = _now + CommitNoteInterval;
            _data.NoteCommitted(_core.CommitIndex);
        }
    }

    private void SendCollected()
    {
        bool hasForwarded = SendAnswers();
        _outbox.Clear();
        _core.Collect(_outbox, _now);
        Span<Message> messages = CollectionsMarshal.AsSpan(_outbox);
        foreach (ref Message message in messages)
        {
            ReadOnlySpan<byte> body = default;
            if (message.Kind == MessageKind.InstallSnapshot)
            {
                BeginSending(message.To);
                continue;
            }

            if (message.Kind == MessageKind.AppendRequest)
            {
                message.PreviousChain = _log.ChainAt(message.Index);
                if (message.LastIndex > message.Index)
                {
                    body = _log.RunBytes(message.Index + 1, message.LastIndex);
                }
            }

            if (!_transport.Send(in message, body) && message.Kind == MessageKind.AppendRequest)
            {
                _core.ReportUnreachable(message.To);
            }
        }

        if (SendSnapshotMessages() | hasForwarded | !messages.IsEmpty)
        {
            _transport.Flush();
        }

        _samples.Sent();
    }

    private void RequestSync()
    {
        bool isUrgent = _view.HasUnsyncedConfiguration;
        if ((_options.Durability == Durability.None && !isUrgent) || _log.DurableIndex == _log.LastIndex || !_syncStage.IsIdle)
        {
            _syncDue = TimeSpan.MaxValue; // or the loop would wake for nothing, again and again
            return;
        }

        if (_options.Durability == Durability.Interval && !isUrgent)
        {
            if (_syncDue == TimeSpan.MaxValue)
            {
                _syncDue = _now + _options.SyncInterval;
            }

            if (_now < _syncDue)
            {
                return;
            }

            _syncDue = TimeSpan.MaxValue;
        }

        _syncStage.Request(_log.PrepareSync());
    }
}
