using System;
using System.Collections.Generic;
using RaftEngine.Log;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;
using RaftEngine.Sessions;
using RaftEngine.Simulate.Disk;
using RaftEngine.Snapshots;
using RaftEngine.Tests.Support;

namespace RaftEngine.Tests.Pipeline;

/// <summary>A follower that takes snapshots, without threads, on a clock and a disk of the test's.</summary>
/// <remarks>The test runs each stage when it wants to.</remarks>
internal sealed class FollowingReplica : IDisposable
{
    public const ulong Id = 1;

    private readonly RaftOptions _options;
    private readonly LogOptions _logOptions;
    private readonly FakeDisk _disk = new(1 << 20);
    private readonly DataDirectory _data;
    private readonly SyncStage _syncStage;
    private readonly SnapshotStage _snapshotStage;
    private readonly TransferStage _transferStage;
    private readonly Inbox _inbox;
    private readonly Replica _replica;
    private readonly List<Exception> _failures = [];
    private TimeSpan _clock = TimeSpan.FromSeconds(100);

    public FollowingReplica()
    {
        _options = new RaftOptions
        {
            NodeId = Id,
            Voters = [1, 2, 3],
            ClusterId = Guid.NewGuid(),
            DataDirectory = "unused",
            ElectionTimeout = TimeSpan.FromSeconds(1),
            Durability = Durability.None, // the sync stage does not run
            SnapshotLogBytes = 4 << 10,
            RetainedLogBytes = 0,
        };
        _logOptions = new LogOptions
        {
            ClusterId = _options.ClusterId,
            GroupId = 0,
            NodeId = Id,
            SegmentSizeBytes = 64 << 10,
            MaxPayloadBytes = 1 << 10,
        };
        _data = DataDirectory.Open(_disk.OpenDirectory(), _logOptions);
        ReplicatedState<int> state = new(StateMachine);
        RestoredState start = StateRecovery.Restore(_data, _options, state);
        PendingProposals pending = new(16);
        SnapshotStore snapshots = new(_data.Log.Directory);
        _inbox = new Inbox(_options);
        _snapshotStage = new SnapshotStage(snapshots, _options, static () => { }, _failures.Add, "not started");
        _transferStage = new TransferStage(
            snapshots, _options, () => _clock, static () => { }, _failures.Add, "not started");
        _syncStage = new SyncStage(_data.Log, static () => { }, "not started");
        ApplyStage = new ApplyStage<int>(
            _data.Log, state, pending, start, _snapshotStage, _failures.Add, "not started");
        ReplicaParts parts = new()
        {
            Options = _options,
            DataDirectory = _data,
            Clock = () => _clock,
            Inbox = _inbox,
            Proposals = new OperationPool<Applied<int>>(16, false),
            Reads = new OperationPool<long>(16, false),
            Pending = pending,
            Transport = new StubTransport(),
            ApplyStage = ApplyStage,
            SyncStage = _syncStage,
            SnapshotStage = _snapshotStage,
            TransferStage = _transferStage,
            Start = start,
        };
        _replica = new Replica(parts, _clock, seed: 1);
    }

    public ListStateMachine StateMachine { get; } = new();

    public ApplyStage<int> ApplyStage { get; }

    public SegmentedLog Log => _data.Log;

    /// <summary>A log of another node of the cluster, to append from.</summary>
    public DataDirectory NewLeadersLog(FakeDisk disk, ulong id) =>
        DataDirectory.Open(disk.OpenDirectory(), _logOptions with { NodeId = id });

    /// <summary>One millisecond passes, and the loop runs a batch.</summary>
    public void RunBatch()
    {
        _clock += TimeSpan.FromMilliseconds(1);
        _replica.RunBatch(_clock);
    }

    /// <summary>A leader sends entries of its log, all of one term.</summary>
    public void Append(SegmentedLog leaders, ulong leader, long term, long from, long to, long commit)
    {
        Message message = new()
        {
            Kind = MessageKind.AppendRequest,
            From = leader,
            To = Id,
            Term = term,
            Index = from - 1,
            IndexTerm = leaders.TermAt(from - 1),
            LastIndex = to,
            EntryTerm = leaders.TermAt(to),
            Commit = commit,
            PreviousChain = leaders.ChainAt(from - 1),
        };
        _inbox.TryAdd(in message, leaders.RunBytes(from, to));
        RunBatch();
    }

    /// <summary>A leader is heard from.</summary>
    public void Hear(ulong leader, long term)
    {
        Message message = new() { Kind = MessageKind.HeartbeatRequest, From = leader, To = Id, Term = term };
        _inbox.TryAdd(in message, default);
        RunBatch();
    }

    /// <summary>A leader's snapshot has arrived whole, and is on disk.</summary>
    public void Arrive(SegmentedLog leaders, long index, Configuration configuration, string[] commands)
    {
        byte[] bytes = new byte[ConfigurationFormat.LengthOf(configuration)];
        ConfigurationFormat.Write(bytes, configuration);
        SnapshotHeader header = new(
            Guid.NewGuid(), _options.ClusterId, 0, index, leaders.TermAt(index), leaders.ChainAt(index), bytes);
        ListStateMachine source = new();
        foreach (string command in commands)
        {
            source.Apply(new LogEntry(1, 1, EntryKind.Command, System.Text.Encoding.UTF8.GetBytes(command)));
        }

        new SnapshotStore(_data.Log.Directory).Write(header, new ReplicatedState<int>(source).Capture());
        _transferStage.ToLoop.Tell(new TransferEvent(TransferEventKind.Arrived, Index: index, Snapshot: header));
        RunBatch();
    }

    /// <summary>The configuration in the newest snapshot on disk, and its index.</summary>
    public (long Index, Configuration Configuration) NewestSnapshot()
    {
        _snapshotStage.Work();
        using SnapshotReader snapshot = new SnapshotStore(_data.Log.Directory).OpenNewest()!;
        return (snapshot.Header.Index, StateRecovery.ConfigurationOf(snapshot.Header));
    }

    public void Dispose()
    {
        ApplyStage.Dispose();
        _syncStage.Dispose();
        _snapshotStage.Dispose();
        _transferStage.Dispose();
        _data.Abandon();
        _disk.Dispose();
        if (_failures.Count > 0)
        {
            throw new AggregateException(_failures);
        }
    }
}
