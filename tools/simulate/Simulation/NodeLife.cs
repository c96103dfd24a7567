using System;
using System.Collections.Generic;
using System.Runtime.ExceptionServices;
using RaftEngine.Consensus;
using RaftEngine.Host;
using RaftEngine.Log;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;
using RaftEngine.Sessions;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine.Simulate.Simulation;

/// <summary>
/// One run of a node's process: the engine's own parts, put together as a node puts them together, but for the threads. Each stage has its turn when the agenda says so, some time
/// after it has got work, as a thread would.
/// </summary>
internal sealed partial class NodeLife : IDisposable
{
    private const int StageCount = 5;

    private readonly SimulatedCluster _cluster;
    private readonly Draw _draw;
    private readonly DataDirectory _data;
    private readonly Inbox _inbox;
    private readonly OperationPool<Applied<ulong>> _proposals;
    private readonly OperationPool<long> _reads;
    private readonly MessageReceiver _receiver;
    private readonly ApplyStage<ulong> _applyStage;
    private readonly SyncStage _syncStage;
    private readonly SnapshotStage _snapshotStage;
    private readonly TransferStage _transferStage;
    private readonly Replica _replica;
    private readonly Action[] _turns = new Action[StageCount];
    private readonly long[] _due = [long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue];
    private Exception? _stageFailure;
    private long _busyUntil;
    private bool _isLoopRunning;
    private TimeSpan? _batchTime; // of a batch that a pause holds up

    /// <summary>Starts the process on what is on the disk.</summary>
    public NodeLife(SimulatedCluster cluster, SimulatedNode node, Draw draw)
    {
        _cluster = cluster;
        _draw = draw;
        Node = node;
        RaftOptions options = OptionsOf(cluster, node, draw);
        Store = new Store(cluster.Plan.SnapshotFillerBytes, entry => cluster.Invariants.OnApplied(node, entry));
        try
        {
            _data = Open(node.Disk.OpenDirectory(), LogOptionsOf(options, draw));
            ReplicatedState<ulong> state = new(Store);
            RestoredState start = StateRecovery.Restore(_data, options, state);
            _inbox = new Inbox(options);
            _proposals = NewPool<Applied<ulong>>(options.MaxInflightProposals);
            _reads = NewPool<long>(options.MaxPendingReads);
            PendingProposals pending = new(options.MaxInflightProposals);
            SnapshotStore snapshots = new(_data.Log.Directory);
            _snapshotStage = new SnapshotStage(snapshots, options, Nothing, Fail, "");
            _transferStage = new TransferStage(snapshots, options, () => Now, Nothing, Fail, "");
            _applyStage = new ApplyStage<ulong>(_data.Log, state, pending, start, _snapshotStage, Fail, "");
            _syncStage = new SyncStage(_data.Log, Nothing, "");
            Handshake = RaftNode.HandshakeOf(options, _data);
            _receiver = new MessageReceiver(options, _inbox, new PeerComparison(node.Id, Handshake, HostLogger.None));
            Incarnation = IncarnationOf(_data.LogId);
            ReplicaParts parts = new()
            {
                Options = options,
                DataDirectory = _data,
                Clock = () => Now,
                Inbox = _inbox,
                Proposals = _proposals,
                Reads = _reads,
                Pending = pending,
                Transport = new SimulatedTransport(this, cluster.Network, cluster.Invariants),
                ApplyStage = _applyStage,
                SyncStage = _syncStage,
                SnapshotStage = _snapshotStage,
                TransferStage = _transferStage,
                Start = start,
                Run = draw.Next() | 1,
                FirstForwardNumber = FirstForwardNumber(draw),
                Incarnation = cluster.Sabotage == Sabotage.WipedNodesGoOn ? 0 : Incarnation,
            };
            _replica = new Replica(parts, Now, draw.Next());
        }
        catch
        {
            IsAlive = false; // the log's background work no longer finds a live node
            _data?.Abandon();
            throw;
        }

        for (int i = 0; i < StageCount; i++)
        {
            Stage stage = (Stage)i;
            _turns[i] = () => TakeTurn(stage);
        }
    }

    public SimulatedNode Node { get; }

    public Store Store { get; }

    /// <summary>The random number of the data directory.</summary>
    public ulong Incarnation { get; }

    /// <summary>What it tells its peers of itself.</summary>
    public RaftHandshake Handshake { get; }

    public bool IsAlive { get; private set; } = true;

    /// <summary>The term in which it was seen to lead last; 0 if it does not. The invariants'.</summary>
    public long LedTerm { get; set; }

    /// <summary>The configuration that was in force when it was looked at last. The invariants'.</summary>
    public Configuration? InForceBefore { get; set; }

    /// <summary>How many of its handovers of a stalled disk have been counted. The invariants'.</summary>
    public long CountedHandovers { get; set; }

    /// <summary>True if it was in doubt when it was looked at last. The invariants'.</summary>
    public bool WasInDoubt { get; set; }

    /// <summary>Up to here its commit index has been checked. The invariants'.</summary>
    public long CheckedCommit { get; set; }

    public RaftCore Core => _replica.Core;

    public SegmentedLog Log => _data.Log;

    public HardState SavedHardState => _data.HardState.Current;

    public long AppliedIndex => _applyStage.AppliedIndex;

    /// <summary>True if a caller waits for its command, or an administrator for a change.</summary>
    public bool HasCommands => _commands.Count > 0 || _changes.Count > 0;

    public bool IsLogFull => _replica.Status.IsLogFull;

    public long RetentionsGivenUp => _replica.Status.RetentionsGivenUp;

    public long SnapshotIndex => _replica.Status.SnapshotIndex;

    /// <summary>True if the loop has read the time for a batch, and its thread does not run.</summary>
    public bool IsInBatch => _batchTime is not null;

    /// <summary>How long the loop has been waiting for the disk in this batch, in ticks.</summary>
    public long BusyTicks { get; private set; }

    /// <summary>The time on the node's own clock.</summary>
    public TimeSpan Now => Node.Clock.At(_cluster.Agenda.Now);

    /// <summary>The incarnation of a data directory, as configurations name it.</summary>
    public static ulong IncarnationOf(Guid logId) => BitConverter.ToUInt64(logId.ToByteArray()) | 1;

    /// <summary>Opens a directory as a start of the node would, and says where its log ends.</summary>
    public static (long LastIndex, ulong Chain, HardState HardState) TryOpen(SimulatedCluster cluster, SimulatedNode node, IStorageDirectory directory, Draw draw, long chainAt)
    {
        RaftOptions options = OptionsOf(cluster, node, draw);
        Store store = new(cluster.Plan.SnapshotFillerBytes, static _ => { });
        DataDirectory data = Open(directory, LogOptionsOf(cluster, options, draw) with { Scheduler = new SimulatedScheduler(static _ => { }) });
        try
        {
            StateRecovery.Restore(data, options, new ReplicatedState<ulong>(store));
            bool isKnown = chainAt >= data.Log.FirstIndex - 1 && chainAt <= data.Log.LastIndex;
            return (data.Log.LastIndex, isKnown ? data.Log.ChainAt(chainAt) : 0, data.HardState.Current);
        }
        finally
        {
            data.Abandon();
        }
    }

    /// <summary>Begins to run.</summary>
    public void Begin()
    {
        _cluster.Invariants.OnStarted(this);
        Due(Stage.Loop, _cluster.Agenda.Now);
    }

    /// <summary>True if messages may pass between this node and another.</summary>
    public bool Meets(NodeLife other) =>
        _receiver.Meet(other.Node.Id, other.Handshake) & other._receiver.Meet(Node.Id, Handshake);

    /// <summary>A message has come.</summary>
    public void Receive(in Message message, ReadOnlySpan<byte> body)
    {
        if (_receiver.Receive(in message, body) == ReceiveResult.Malformed)
        {
            throw new ViolationException($"Node {Node.Id} takes a message of node {message.From} for malformed: {message}.");
        }

        Settle();
    }

    /// <summary>The process ends, with all that it holds.</summary>
    public void Dispose()
    {
        IsAlive = false;
        _syncStage.Dispose();
        _applyStage.Dispose();
        _snapshotStage.Dispose();
        _transferStage.Dispose();
        _data.Abandon();
        LoseCalls();
    }

    /// <summary>The process ends in order: its callers are told what is known, and the log is closed with a mark that says that all of it is on disk.</summary>
    public void Stop()
    {
        Run(() =>
        {
            _applyStage.Dispose();
            _replica.Stop(null);
            _data.Dispose();
        });
    }

    /// <summary>A connection to a peer broke, or was made anew.</summary>
    public void ReportUnreachable(ulong id)
    {
        _receiver.ReportUnreachable(id);
        Settle();
    }

    // The time, or, on a machine whose clock was set back, one that was before.
    private ulong FirstForwardNumber(Draw draw) => 1 + (ulong)(draw.Chance(0.2) ? draw.Below(_cluster.Agenda.Now + 1) : _cluster.Agenda.Now);

    private static void Nothing()
    {
    }

    // What a client's continuation throws is a violation that it has found.
    private static OperationPool<TValue> NewPool<TValue>(int capacity) => new(capacity, false)
    {
        Scheduler = static item => item.Execute(),
        ContinuationThrew = static violation => ExceptionDispatchInfo.Throw(violation),
    };

    private static RaftOptions OptionsOf(SimulatedCluster cluster, SimulatedNode node, Draw draw) => new()
    {
        NodeId = node.Id,
        Voters = node.FirstVoters,
        DataDirectory = "/simulated",
        ClusterId = cluster.ClusterId,
        SegmentSizeBytes = cluster.Plan.SegmentBytes,
        MaxLogBytes = cluster.Plan.MaxLogBytes,
        SnapshotLogBytes = cluster.Plan.SnapshotLogBytes,
        RetainedLogBytes = cluster.Plan.RetainedLogBytes,
        SnapshotBytesPerSecond = cluster.Plan.SnapshotBytesPerSecond,
        MaxSnapshotBytes = 1 << 20,
        MaxCommandBytes = 1 << 10,
        MaxMessageBytes = 4 << 10,
        MaxInflightMessages = 8,
        MaxInflightBytes = 16 << 10,
        ProposalQueueBytes = 16 << 10,
        MessageQueueBytes = 32 << 10,
        MaxInflightProposals = 64,
        MaxPendingReads = 64,
        MaxSessions = 16,
        Durability = cluster.Sabotage == Sabotage.NobodySyncs ? Durability.None : cluster.Plan.Durability,
        ElectionTimeout = cluster.Plan.ElectionTimeout,
        MaxElectionTimeout = cluster.Plan.MaxElectionTimeout,
        HeartbeatInterval = cluster.Plan.HeartbeatInterval,
        ForwardProposals = cluster.Plan.ForwardsProposals,
        NewId = draw.Id,
    };

    private LogOptions LogOptionsOf(RaftOptions options, Draw draw) => LogOptionsOf(_cluster, options, draw) with
    {
        Scheduler = new SimulatedScheduler(ScheduleBackground),
    };

    private static LogOptions LogOptionsOf(SimulatedCluster cluster, RaftOptions options, Draw draw) => new()
    {
        ClusterId = options.ClusterId,
        GroupId = options.GroupId,
        NodeId = options.NodeId,
        FirstVoters = options.FirstVoters,
        SegmentSizeBytes = options.SegmentSizeBytes,
        MaxPayloadBytes = options.MaxEntryBytes,
        MaxLogBytes = options.MaxLogBytes,
        MaxUnsyncedBytes = cluster.Plan.Durability == Durability.Fsync ? 256 << 10 : 0,
        TimeProvider = cluster.Time,
        NewId = draw.Id,
    };

    private static DataDirectory Open(IStorageDirectory directory, LogOptions options) =>
        DataDirectory.Open(directory, options with { VerifyFromIndex = SnapshotStore.NewestIndex(directory) + 1 });

    private void Fail(Exception failure) => _stageFailure ??= failure;
}
