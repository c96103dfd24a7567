using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Host;
using RaftEngine.Log;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;
using RaftEngine.Sessions;
using RaftEngine.Simulate.Disk;
using RaftEngine.Tests.Transport;
using Xunit;

namespace RaftEngine.Tests.Pipeline;

/// <summary>A replica without threads, on a clock and a disk of the test's.</summary>
public sealed class LoneReplicaTests : IDisposable
{
    private const ulong Follower = 1;
    private const ulong Leader = 2;
    private const ulong Candidate = 3;
    private const ulong Stranger = 9;

    private static readonly TimeSpan ElectionTimeout = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Stall = TimeSpan.FromMilliseconds(250);

    private readonly RaftOptions _options = new()
    {
        NodeId = Follower,
        Voters = [Follower, Leader, Candidate],
        ClusterId = Guid.NewGuid(),
        DataDirectory = "unused",
        ElectionTimeout = ElectionTimeout,
        Durability = Durability.None, // the sync stage does not run
    };

    private readonly LogOptions _logOptions;
    private readonly FakeDisk _disk = new(1 << 20);
    private readonly DataDirectory _data;
    private readonly ApplyStage<int> _applyStage;
    private readonly SyncStage _syncStage;
    private readonly Inbox _inbox;
    private readonly SentMessages _sent = new();
    private readonly ListLogger _logger = new();
    private readonly Replica _replica;
    private TimeSpan _clock = TimeSpan.FromSeconds(100);

    public LoneReplicaTests()
    {
        _logOptions = new LogOptions
        {
            ClusterId = _options.ClusterId,
            GroupId = 0,
            NodeId = Follower,
            SegmentSizeBytes = 64 << 10,
            MaxPayloadBytes = 1 << 10,
            MaxLogBytes = 128 << 10,
        };
        _data = DataDirectory.Open(_disk.OpenDirectory(), _logOptions);
        RestoredState start = RestoredState.Empty(_options.Configuration);
        PendingProposals pending = new(16);
        _inbox = new Inbox(_options);
        _applyStage = new ApplyStage<int>(_data.Log, new ReplicatedState<int>(new Support.ListStateMachine()), pending, start, null, static _ => { }, "not started");
        _syncStage = new SyncStage(_data.Log, static () => { }, "not started");
        ReplicaParts parts = new()
        {
            Options = _options,
            DataDirectory = _data,
            Clock = () => _clock,
            Inbox = _inbox,
            Proposals = new OperationPool<Applied<int>>(16, false),
            Reads = new OperationPool<long>(16, false),
            Pending = pending,
            Transport = _sent,
            ApplyStage = _applyStage,
            SyncStage = _syncStage,
            SnapshotStage = null,
            TransferStage = null,
            Start = start,
            Logger = HostLogger.Of(_logger),
        };
        _replica = new Replica(parts, _clock, seed: 1);
    }

    public void Dispose()
    {
        _applyStage.Dispose();
        _syncStage.Dispose();
        _data.Abandon();
        _disk.Dispose();
    }

    // A leader's lease lasts for an election timeout from the sending of a heartbeat that was answered (thesis §6.4.1),
    // so a voter that answers it must keep silent towards candidates for as long from then, however long the disk held
    // up the batch that the heartbeat came in.
    [Theory]
    [InlineData(0, false)]
    [InlineData(60, false)]
    [InlineData(299, false)]
    [InlineData(301, true)]
    public void A_heartbeat_that_the_disk_held_up_keeps_its_receiver_silent_from_when_it_was_taken(int millisecondsLater, bool answers)
    {
        _clock += TimeSpan.FromSeconds(1);
        TimeSpan batch = _clock;

        // The first message brings a new term and an entry, so the term goes to disk before the second is looked at. The leader may have sent that one while the disk stalled.
        _disk.Interferes = (operation, _) =>
        {
            _clock = operation == "sync" && _clock == batch ? batch + Stall : _clock;
            return null;
        };
        ReceiveEntry(term: 2);
        Receive(MessageKind.HeartbeatRequest, Leader, term: 2);
        _replica.RunBatch(batch);
        Assert.Equal(batch + Stall, _clock);
        Assert.Contains(_sent.Messages, static message => message.Kind == MessageKind.HeartbeatResponse);

        _clock += TimeSpan.FromMilliseconds(millisecondsLater);
        _sent.Messages.Clear();
        Receive(MessageKind.PreVoteRequest, Candidate, term: 3, index: 1, indexTerm: 2);
        Receive(MessageKind.VoteRequest, Candidate, term: 3, index: 1, indexTerm: 2);
        _replica.RunBatch(_clock);
        Assert.Equal(answers, _sent.Messages.Exists(static message => message is { Kind: MessageKind.PreVoteResponse, Rejected: false }));
        Assert.Equal(answers, _sent.Messages.Exists(static message => message is { Kind: MessageKind.VoteResponse, Rejected: false }));
        Assert.Equal(answers ? 3 : 2, _data.HardState.Current.Term);
    }

    [Fact]
    public void Without_room_a_replica_refuses_what_does_not_continue_its_log_so_that_the_leader_learns_what_it_needs()
    {
        long last = FillLog();

        Receive(MessageKind.AppendRequest, Leader, term: 2, index: last + 100, indexTerm: 2, lastIndex: last + 101, entry: RecordOf(2000));
        _replica.RunBatch(_clock);

        Message refusal = Assert.Single(_sent.Messages, static message => message.Kind == MessageKind.AppendResponse);
        Assert.Equal((true, last + 100, last), (refusal.Rejected, refusal.Index, refusal.HintIndex));
    }

    [Fact]
    public void Without_room_a_replica_acknowledges_again_what_it_has_and_nothing_more()
    {
        long last = FillLog();

        Receive(MessageKind.AppendRequest, Leader, term: 2, index: last - 1, indexTerm: 2, lastIndex: last + 50, entry: RecordOf(2000));
        _replica.RunBatch(_clock);

        Message answer = Assert.Single(_sent.Messages, static message => message.Kind == MessageKind.AppendResponse);
        Assert.Equal((false, last), (answer.Rejected, answer.Index));
        _sent.Messages.Clear();

        // The leader knows that it has this, and sends what comes behind: that waits.
        Receive(MessageKind.AppendRequest, Leader, term: 2, index: last, indexTerm: 2, lastIndex: last + 50, entry: RecordOf(2000));
        _replica.RunBatch(_clock);
        Assert.DoesNotContain(_sent.Messages, static message => message.Kind == MessageKind.AppendResponse);
        Assert.Equal(last, _data.Log.LastIndex);
    }

    // Two logs that agree at an index and term agree in everything before (Raft §5.3). The leader's word for the contrary stops a node; that of any other costs it its connection.
    [Theory]
    [InlineData(Leader, 2, true)]
    [InlineData(Candidate, 3, true)] // may have been elected since
    [InlineData(Candidate, 2, false)]
    [InlineData(Candidate, 1, false)]
    [InlineData(Candidate, 1L << 21, false)]
    [InlineData(Stranger, 2, false)]
    [InlineData(Stranger, 3, false)]
    public void A_chain_that_differs_stops_a_node_only_if_its_sender_may_lead(ulong sender, long term, bool stops)
    {
        ReceiveEntry(term: 2);
        _replica.RunBatch(_clock);
        Message other = new() { Kind = MessageKind.AppendRequest, From = sender, To = Follower, Term = term, Index = 1, IndexTerm = 2, LastIndex = 1, PreviousChain = 1 };
        Assert.True(_inbox.TryAdd(in other, default));
        Assert.Equal(stops, Record.Exception(() => _replica.RunBatch(_clock)) is LogDivergenceException);
        if (!stops)
        {
            Assert.Equal([sender], _sent.Disconnected);
            Assert.Equal((Leader, 2L), (_replica.Status.LeaderId, _replica.Status.Term));
        }
    }

    [Fact]
    public void What_contradicts_the_protocol_costs_the_connection_and_is_told_once_a_second()
    {
        ReceiveEntry(term: 2);
        _replica.RunBatch(_clock);
        for (int i = 0; i < 3; i++)
        {
            Receive(MessageKind.HeartbeatRequest, Candidate, term: 2);
            _replica.RunBatch(_clock);
        }

        Assert.Equal([Candidate, Candidate, Candidate], _sent.Disconnected);
        string warning = Assert.Single(_logger.Lines(1011));
        Assert.Contains($"node {Candidate} sends", warning, StringComparison.Ordinal);
        Assert.Contains($"HeartbeatRequest of term 2, index 0, is {Contradiction.SecondLeader} in term 2", warning, StringComparison.Ordinal);

        _clock += TimeSpan.FromSeconds(1);
        Receive(MessageKind.VoteRequest, Stranger, term: 1L << 31);
        _replica.RunBatch(_clock);
        Assert.EndsWith("(3 since the last warning)", _logger.Lines(1011)[^1], StringComparison.Ordinal);
        Assert.Equal(Stranger, _sent.Disconnected[^1]);
    }

    // Until the log is at its bound. The entries are those of a leader's log.
    private long FillLog()
    {
        using FakeDisk leadersDisk = new(1 << 20);
        using DataDirectory leaders = DataDirectory.Open(leadersDisk.OpenDirectory(), _logOptions with { NodeId = Leader, MaxLogBytes = 0 });
        while (!_replica.Status.IsLogFull)
        {
            long index = leaders.Log.Append(EntryKind.Command, 2, new byte[900]);
            leaders.Log.Flush();
            Message message = new()
            {
                Kind = MessageKind.AppendRequest,
                From = Leader,
                To = Follower,
                Term = 2,
                Index = index - 1,
                IndexTerm = index == 1 ? 0 : 2,
                LastIndex = index,
                EntryTerm = 2,
                PreviousChain = leaders.Log.ChainAt(index - 1),
            };
            Assert.True(_inbox.TryAdd(in message, leaders.Log.RunBytes(index, index)));
            _clock += TimeSpan.FromMilliseconds(1);
            _replica.RunBatch(_clock);
        }

        _sent.Messages.Clear();
        Assert.InRange(_data.Log.LastIndex, 10, 1000);
        return _data.Log.LastIndex;
    }

    // The entry as it stands in the leader's log.
    // Two leaders of one term: what a directory that was put back can lead to.
    [Fact]
    public void An_entry_that_comes_again_with_other_contents_stops_the_replica()
    {
        ReceiveEntry(term: 2, "one"u8.ToArray());
        _replica.RunBatch(_clock);
        ReceiveEntry(term: 2, "one"u8.ToArray());
        _replica.RunBatch(_clock);
        Assert.Equal(1, _data.Log.LastIndex);

        ReceiveEntry(term: 2, "other"u8.ToArray());
        LogDivergenceException stop = Assert.Throws<LogDivergenceException>(() => _replica.RunBatch(_clock));
        Assert.Contains("1", stop.Message, StringComparison.Ordinal);
    }

    private static byte[] RecordOf(int bytes)
    {
        byte[] record = new byte[bytes];
        BinaryPrimitives.WriteInt32LittleEndian(record, bytes - (int)RecordFormat.SizeOf(0)); // the payload's length
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(4), (int)EntryKind.Command);
        return record;
    }

    private void ReceiveEntry(long term, byte[]? command = null)
    {
        using FakeDisk leadersDisk = new(1 << 20);
        using DataDirectory leaders = DataDirectory.Open(leadersDisk.OpenDirectory(), _logOptions with { NodeId = Leader });
        leaders.Log.Append(command is null ? EntryKind.NoOp : EntryKind.Command, term, command);
        leaders.Log.Flush();
        Message message = new()
        {
            Kind = MessageKind.AppendRequest,
            From = Leader,
            To = Follower,
            Term = term,
            LastIndex = 1,
            EntryTerm = term,
            PreviousChain = leaders.Log.ChainAt(0),
        };
        Assert.True(_inbox.TryAdd(in message, leaders.Log.RunBytes(1, 1)));
    }

    private void Receive(MessageKind kind, ulong from, long term, long index = 0, long indexTerm = 0, long lastIndex = 0, byte[]? entry = null)
    {
        Message message = new()
        {
            Kind = kind,
            From = from,
            To = Follower,
            Term = term,
            Index = index,
            IndexTerm = indexTerm,
            LastIndex = lastIndex,
            EntryTerm = lastIndex > 0 ? term : 0,
            PreviousChain = index > 0 && index <= _data.Log.LastIndex ? _data.Log.ChainAt(index) : 0,
        };
        Assert.True(_inbox.TryAdd(in message, entry));
    }

    private sealed class SentMessages : IRaftTransport
    {
        public List<Message> Messages { get; } = [];

        public ValueTask StartAsync(RaftIdentity identity, IRaftReceiver receiver, CancellationToken cancellationToken) => default;

        public bool Send(in Message message, ReadOnlySpan<byte> body)
        {
            Messages.Add(message);
            return true;
        }

        public List<ulong> Disconnected { get; } = [];

        public void Disconnect(ulong nodeId) => Disconnected.Add(nodeId);

        public void Flush()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
