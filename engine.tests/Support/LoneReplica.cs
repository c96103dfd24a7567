using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Consensus;
using RaftEngine.Log;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;
using RaftEngine.Sessions;
using RaftEngine.Simulate.Disk;
using RaftEngine.Snapshots;

namespace RaftEngine.Tests.Support;

/// <summary>One replica without threads, on a clock and a disk in memory: the test is its peers, its callers and its stages.</summary>
internal sealed class LoneReplica : IDisposable
{
    private readonly FakeDisk _disk = new(1 << 20);
    private readonly FakeDisk _leadersDisk = new(1 << 20);
    private readonly DataDirectory _data;
    private readonly DataDirectory _leaders; // a log to send entries from
    private readonly SnapshotStage _snapshotStage;
    private readonly SyncStage _syncStage;
    private readonly Transport _transport = new();
    private bool _isStopped;

    public LoneReplica(ulong[] voters, Func<RaftOptions, RaftOptions>? adjust = null, ulong incarnation = 0)
    {
        Options = new RaftOptions
        {
            NodeId = 1,
            Voters = voters,
            ClusterId = Guid.NewGuid(),
            DataDirectory = "unused",
            Durability = Durability.None,
        };
        Options = adjust is null ? Options : adjust(Options);
        LogOptions logOptions = new()
        {
            ClusterId = Options.ClusterId,
            GroupId = 0,
            NodeId = 1,
            SegmentSizeBytes = 64 << 10,
            MaxPayloadBytes = 1 << 10,
        };
        _data = DataDirectory.Open(_disk.OpenDirectory(), logOptions);
        _leaders = DataDirectory.Open(_leadersDisk.OpenDirectory(), logOptions with { NodeId = 2 });
        RestoredState start = RestoredState.Empty(Options.Configuration);
        PendingProposals pending = new(Options.MaxInflightProposals);
        SnapshotStore store = new(_data.Log.Directory);
        Inbox = new Inbox(Options);
        Proposals = new OperationPool<Applied<int>>(Options.MaxInflightProposals, false) { Scheduler = static item => item.Execute() };
        Reads = new OperationPool<long>(Options.MaxPendingReads, false) { Scheduler = static item => item.Execute() };
        _snapshotStage = new SnapshotStage(store, Options, static () => { }, static _ => { }, "not started");
        TransferStage = new TransferStage(store, Options, () => Now, static () => { }, static _ => { }, "not started");
        ApplyStage = new ApplyStage<int>(
            _data.Log, new ReplicatedState<int>(new ListStateMachine()), pending, start, _snapshotStage, static _ => { }, "not started");
        _syncStage = new SyncStage(_data.Log, static () => { }, "not started");
        Replica = new Replica(
            new ReplicaParts
            {
                Options = Options,
                DataDirectory = _data,
                Clock = () => Now,
                Inbox = Inbox,
                Proposals = Proposals,
                Reads = Reads,
                Pending = pending,
                Transport = _transport,
                ApplyStage = ApplyStage,
                SyncStage = _syncStage,
                SnapshotStage = _snapshotStage,
                TransferStage = TransferStage,
                Start = start,
                Incarnation = incarnation,
            },
            Now,
            seed: 1);
    }

    public RaftOptions Options { get; }

    /// <summary>True while the apply thread is in the middle of a long Apply.</summary>
    public bool IsApplying { get; set; }

    public TimeSpan Now { get; set; } = TimeSpan.FromSeconds(100);

    public Inbox Inbox { get; }

    public OperationPool<Applied<int>> Proposals { get; }

    public OperationPool<long> Reads { get; }

    public TransferStage TransferStage { get; }

    public ApplyStage<int> ApplyStage { get; }

    public Replica Replica { get; }

    public RaftCore Core => Replica.Core;

    public long LastIndex => _data.Log.LastIndex;

    /// <summary>What it has sent since the test last cleared it.</summary>
    public List<Message> Sent => _transport.Messages;

    /// <summary>A batch, and the sync that it asks for: configurations are synced in every mode.</summary>
    public void Run()
    {
        Replica.RunBatch(Now);
        _syncStage.Work();
    }

    /// <summary>Runs a batch whenever one is due, until then.</summary>
    public void RunFor(TimeSpan time)
    {
        for (TimeSpan end = Now + time; Now < end; Now += TimeSpan.FromMilliseconds(1))
        {
            if (Replica.HasWork || Replica.NextDeadline <= Now)
            {
                Run();
                Apply();
            }
        }
    }

    /// <summary>Has the others vote for it, and commit its first entry.</summary>
    public void Win()
    {
        WinVotes();
        foreach (ulong voter in Options.Voters)
        {
            Acknowledge(voter);
        }

        Run();
        Apply();
    }

    /// <summary>Has the others vote for it, and no more.</summary>
    public void WinVotes()
    {
        while (Core.Role != Role.Leader)
        {
            RunFor(TimeSpan.FromMilliseconds(10));
            foreach (Message request in Sent.ToArray())
            {
                if (request.Kind is MessageKind.PreVoteRequest or MessageKind.VoteRequest)
                {
                    bool isPreVote = request.Kind == MessageKind.PreVoteRequest;
                    Receive(new Message { Kind = isPreVote ? MessageKind.PreVoteResponse : MessageKind.VoteResponse, From = request.To, Term = request.Term });
                }
            }

            Sent.Clear();
            Run();
        }
    }

    /// <summary>Time passes in which the others answer its heartbeats, if it leads, or a leader sends some; but confirm, acknowledge and answer nothing else.</summary>
    public void KeepInTouch(TimeSpan time, ulong leader = 0, Func<bool>? until = null)
    {
        for (TimeSpan end = Now + time; Now < end && until?.Invoke() != true;)
        {
            if (leader != 0)
            {
                Receive(new Message { Kind = MessageKind.HeartbeatRequest, From = leader, Term = Math.Max(2, Core.HardState.Term) });
            }

            foreach (Message request in Sent.ToArray())
            {
                if (request.Kind == MessageKind.HeartbeatRequest)
                {
                    Receive(new Message { Kind = MessageKind.HeartbeatResponse, From = request.To, Term = request.Term, SentAt = request.SentAt });
                }
            }

            Sent.Clear();
            RunFor(TimeSpan.FromMilliseconds(10));
        }
    }

    /// <summary>The apply thread's turn.</summary>
    public void Apply()
    {
        if (!IsApplying)
        {
            ApplyStage.Work();
        }
    }

    /// <summary>A voter answers a heartbeat, and says nothing of its log.</summary>
    public void Answer(ulong from) => Receive(new Message { Kind = MessageKind.HeartbeatResponse, From = from, Term = Core.HardState.Term });

    /// <summary>A voter says that it has the whole log; of this node itself that is known.</summary>
    public void Acknowledge(ulong from)
    {
        if (from != Options.NodeId)
        {
            Receive(new Message { Kind = MessageKind.AppendResponse, From = from, Term = Core.HardState.Term, Index = LastIndex });
        }
    }

    public void Receive(Message message, ReadOnlySpan<byte> body = default)
    {
        message.To = Options.NodeId;
        if (!Inbox.TryAdd(in message, body))
        {
            throw new InvalidOperationException("The inbox is full.");
        }
    }

    /// <summary>A leader sends the next entry, and says up to where all is committed.</summary>
    public void ReceiveEntry(ulong leader, long term, long commit, EntryKind kind = EntryKind.NoOp, byte[]? payload = null)
    {
        long index = _leaders.Log.Append(kind, term, payload);
        _leaders.Log.Flush();
        Message message = new()
        {
            Kind = MessageKind.AppendRequest,
            From = leader,
            Term = term,
            Index = index - 1,
            IndexTerm = _leaders.Log.TermAt(index - 1),
            LastIndex = index,
            EntryTerm = term,
            Commit = commit,
            PreviousChain = _leaders.Log.ChainAt(index - 1),
        };
        Receive(message, _leaders.Log.RunBytes(index, index));
    }

    /// <summary>What a caller of the node asks for.</summary>
    public Task Ask(RingTag what, ReadOnlySpan<byte> payload = default)
    {
        Operation<long> request = Reads.TryRent() ?? throw new InvalidOperationException("Too many requests wait.");
        ValueTask wait = new(request, request.Version);
        Inbox.TryAdd(what, request, payload, default, isAlone: false);
        return wait.AsTask();
    }

    public Task Change(Configuration target)
    {
        byte[] payload = new byte[ConfigurationFormat.MaxBytes];
        return Ask(RingTag.Change, payload.AsSpan(0, ConfigurationFormat.Write(payload, target)));
    }

    public Task<Applied<int>> Propose(ReadOnlySpan<byte> command)
    {
        Operation<Applied<int>> proposal = Proposals.TryRent() ?? throw new InvalidOperationException("Too many commands are on their way.");
        ValueTask<Applied<int>> wait = new(proposal, proposal.Version);
        Inbox.TryAdd(RingTag.Proposal, proposal, command, default, isAlone: false);
        return wait.AsTask();
    }

    public void Stop(Exception? cause = null)
    {
        _isStopped = true;
        ApplyStage.Dispose();
        Replica.Stop(cause);
    }

    public void Dispose()
    {
        if (!_isStopped)
        {
            ApplyStage.Dispose();
        }

        _syncStage.Dispose();
        _snapshotStage.Dispose();
        TransferStage.Dispose();
        _data.Abandon();
        _leaders.Abandon();
        _disk.Dispose();
        _leadersDisk.Dispose();
    }

    private sealed class Transport : IRaftTransport
    {
        public List<Message> Messages { get; } = [];

        public ValueTask StartAsync(RaftIdentity identity, IRaftReceiver receiver, CancellationToken cancellationToken) => default;

        public bool Send(in Message message, ReadOnlySpan<byte> body)
        {
            Messages.Add(message);
            return true;
        }

        public void Flush()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
