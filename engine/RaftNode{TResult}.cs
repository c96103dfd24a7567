using System;
using System.Buffers.Binary;
using System.Linq;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Diagnostics;
using RaftEngine.Host;
using RaftEngine.Log;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;
using RaftEngine.Sessions;
using RaftEngine.Snapshots;

namespace RaftEngine;

/// <summary>
/// One replica of a replicated log. Commands proposed on the leader are appended, synced and replicated in batches, and applied to every replica's state machine in the same order.
/// All members may be called from any thread.
/// </summary>
/// <typeparam name="TResult">What a command gives back.</typeparam>
public sealed partial class RaftNode<TResult> : IRaftNode<TResult>, IAsyncDisposable
{
    private readonly RaftOptions _options;
    private readonly ReplicatedState<TResult> _state;
    private readonly IRaftTransport _transport;
    private readonly HostLogger _logger;
    private readonly DataDirectory _dataDirectory;
    private readonly Inbox _inbox;
    private readonly PeerComparison _peers;
    private readonly OperationPool<Applied<TResult>> _proposals;
    private readonly OperationPool<long> _reads;
    private readonly ApplyStage<TResult> _applyStage;
    private readonly SyncStage _syncStage;
    private readonly SnapshotStore? _snapshots; // null, as the next two, if the state machine has none
    private readonly SnapshotStage? _snapshotStage;
    private readonly TransferStage? _transferStage;
    private readonly LogScrubber _scrubber;
    private readonly StatusCell _status = new();
    private readonly EventStreams _events = new();
    private readonly Replica _replica;
    private readonly NodeLoop _loop;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private NodeMetrics? _metrics;          // while the node runs
    private LatencySampler? _latencies; // null while latencies are not sampled
    private int _appliedWaits; // that wait for an index to be applied
    private int _stopping;  // 0, then 1: set by the first caller that stops the node
    private int _abandon;   // 1: leave the log as it is, as after a crash

    internal RaftNode(RaftOptions options, ReplicatedState<TResult> state, IRaftTransport transport, HostLogger logger, DataDirectory dataDirectory, RestoredState start)
    {
        _options = options;
        _state = state;
        _transport = transport;
        _logger = logger;
        _dataDirectory = dataDirectory;
        _inbox = new Inbox(options);
        _peers = new PeerComparison(options.NodeId, RaftNode.HandshakeOf(options, dataDirectory), logger);
        Action<Exception> continuationThrew = e => NodeMessages.ContinuationThrew(logger, options.NodeId, e);
        bool onPool = options.RunContinuationsAsynchronously;
        _proposals = new OperationPool<Applied<TResult>>(options.MaxInflightProposals, onPool) { ContinuationThrew = continuationThrew };
        _reads = new OperationPool<long>(options.MaxPendingReads, onPool) { ContinuationThrew = continuationThrew };
        PendingProposals pending = new(options.MaxInflightProposals);
        if (state.TakesSnapshots)
        {
            _snapshots = new SnapshotStore(_dataDirectory.Log.Directory);
            _snapshotStage = new SnapshotStage(_snapshots, options, _inbox.Turn.Wake, FailFrom, $"raft {options.NodeId} snapshots");
            _transferStage = new TransferStage(_snapshots, options, static () => NodeLoop.Now, _inbox.Turn.Wake, FailFrom, $"raft {options.NodeId} transfer");
        }

        _applyStage = new ApplyStage<TResult>(_dataDirectory.Log, state, pending, start, _snapshotStage, FailFrom, $"raft {options.NodeId} apply");
        _applyStage.Applied = WakeAppliedWaits;
        _syncStage = new SyncStage(_dataDirectory.Log, _inbox.Turn.Run, $"raft {options.NodeId} sync");
        _scrubber = new LogScrubber(_dataDirectory.Log, options.ScrubBytesPerSecond, FailFrom, $"raft {options.NodeId} scrubber");
        _replica = new Replica(
            new ReplicaParts
            {
                Options = options,
                DataDirectory = _dataDirectory,
                Clock = static () => NodeLoop.Now,
                Inbox = _inbox,
                Proposals = _proposals,
                Reads = _reads,
                Pending = pending,
                Transport = transport,
                ApplyStage = _applyStage,
                SyncStage = _syncStage,
                SnapshotStage = _snapshotStage,
                TransferStage = _transferStage,
                Start = start,
                Peers = _peers,
                Logger = logger,
                Incarnation = _dataDirectory.Incarnation,
                Run = RandomNumber() | 1,
                FirstForwardNumber = (ulong)DateTime.UtcNow.Ticks, // ten million a second: no node forwards as many
            },
            NodeLoop.Now,
            seed: RandomNumber());
        _loop = new NodeLoop(_replica, _inbox.Turn, _applyStage, options.ApplyInline, _status, _events, logger, LoopEnded, $"raft {options.NodeId} loop");
        RaftStatus status = _replica.Status;
        _status.Publish(in status);
    }

    /// <summary>The node's state as of its last batch. Takes no lock and allocates nothing.</summary>
    public RaftStatus Status
    {
        get
        {
            RaftStatus status = _status.Read();
            return status with { AppliedIndex = Math.Min(_applyStage.AppliedIndex, status.CommitIndex), Failure = _completion.Task.Exception?.InnerException };
        }
    }

    /// <summary>What this node, if it leads, knows of the other members, and how it replicates to them: as of a moment ago, some 10 ms. Empty if it does not lead.</summary>
    /// <returns>One for each other member, made for the caller.</returns>
    public RaftPeerStatus[] GetPeers() => _status.ReadPeers();

    /// <summary>Ends when the node has stopped; faulted with the cause if a failure stopped it.</summary>
    public Task Completion => _completion.Task;

    /// <summary>
    /// Replicates a command. The bytes are copied before the call returns. The task ends when the command is durable on
    /// a majority, committed, and applied on this node. A node that does not lead refuses it, or sends it to the leader
    /// if <see cref="RaftOptions.ForwardProposals"/> says so; it is never sent twice. Await it exactly once, as any
    /// <see cref="ValueTask{TResult}"/>.
    /// </summary>
    /// <param name="command">The command: at most <see cref="RaftOptions.MaxCommandBytes"/> bytes.</param>
    /// <param name="cancellationToken">Cancelled before the call: nothing is proposed. Later: only ends the wait; the command goes on.</param>
    /// <returns>The command's index, term and result.</returns>
    /// <exception cref="ArgumentException">The command is too long. From the task: for the leader it was sent to. Never appended.</exception>
    /// <exception cref="NotLeaderException">From the task: this node does not lead; if it forwards, it knows no leader, or cannot reach it, or that one leads no more or
    /// does not know this node for a member. A node that forwards waits for a leader that it does not know yet, for an election timeout. Never appended.</exception>
    /// <exception cref="RaftOverloadedException">From the task: a bounded queue, here or at the leader, is full. Never appended.</exception>
    /// <exception cref="LogFullException">From the task: the log, or the leader's, or those of a majority, have no room for the command. Never appended.</exception>
    /// <exception cref="OutcomeUnknownException">From the task: after the command was appended leadership was lost, the node stopped, or nothing was committed for ten election
    /// timeouts; or the leader has not answered for an election timeout.</exception>
    /// <exception cref="OperationCanceledException">From the task: the wait was cancelled.</exception>
    /// <exception cref="RaftStoppedException">From the task: the node has stopped. Never appended.</exception>
    public ValueTask<Applied<TResult>> ProposeAsync(ReadOnlySpan<byte> command, CancellationToken cancellationToken = default)
    {
        RequireRoom(command);
        return Propose(RingTag.Proposal, command, default, cancellationToken);
    }

    /// <summary>
    /// As <see cref="ProposeAsync(ReadOnlySpan{byte}, CancellationToken)"/>, for a caller that expects refusals: those that are known
    /// at once cost neither an exception nor an allocation. A refusal that is known only later comes from the task: a full log, or
    /// leadership that was lost just now.
    /// </summary>
    /// <param name="command">The command: at most <see cref="RaftOptions.MaxCommandBytes"/> bytes.</param>
    /// <param name="proposal">If the command was accepted, its task: await it exactly once. Otherwise nothing.</param>
    /// <param name="cancellationToken">Only ends the wait; the command goes on.</param>
    /// <returns>Whether the command was accepted; if not, why, and it was never appended.</returns>
    /// <exception cref="ArgumentException">The command is too long.</exception>
    public TryProposeResult TryPropose(ReadOnlySpan<byte> command, out ValueTask<Applied<TResult>> proposal, CancellationToken cancellationToken = default)
    {
        RequireRoom(command);
        proposal = default;
        return _options.ForwardProposals || _status.IsLeader || Volatile.Read(ref _stopping) != 0
            ? TryBegin(RingTag.Proposal, command, default, cancellationToken, out proposal, out _)
            : TryProposeResult.NotLeader;
    }

    /// <summary>
    /// Waits until this node's state machine is fresh enough for a read. With <see cref="ReadConsistency.Linearizable"/>: until everything acknowledged before the call is
    /// applied here, and a majority has confirmed since the call who leads (Raft §8).
    /// </summary>
    /// <param name="consistency">How fresh.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends when the state machine may be read. Await it exactly once.</returns>
    /// <exception cref="NotLeaderException">From the task: this node knows no leader to ask, the leader changed meanwhile or has not answered for a few election timeouts, or this
    /// node does not get what is committed. Ask again.</exception>
    /// <exception cref="RequestRefusedException">From the task: this node leads, but has committed no entry of its own within a few election timeouts.</exception>
    /// <exception cref="RaftOverloadedException">From the task: too many reads wait.</exception>
    /// <exception cref="RaftStoppedException">From the task: the node has stopped.</exception>
    public ValueTask ReadBarrierAsync(ReadConsistency consistency = ReadConsistency.Linearizable, CancellationToken cancellationToken = default)
    {
        if (consistency != ReadConsistency.Local)
        {
            return Ask(consistency == ReadConsistency.Lease ? RingTag.LeaseRead : RingTag.Read, default, cancellationToken);
        }

        return Volatile.Read(ref _stopping) == 0 ? ValueTask.CompletedTask : ValueTask.FromException(Stopped());
    }

    /// <summary>
    /// Waits until this node's state machine shows everything that its leader knew to be committed a given time ago, on any node and without asking anybody. The time for which
    /// a message is on its way, and an election timeout for which a leader that is cut off does not know it, come on top.
    /// </summary>
    /// <param name="maxStaleness">How long ago at the most; not negative.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends when the state machine may be read. Await it exactly once.</returns>
    /// <exception cref="TooStaleException">From the task: this node cannot tell.</exception>
    /// <exception cref="RaftOverloadedException">From the task: too many reads wait.</exception>
    /// <exception cref="RaftStoppedException">From the task: the node has stopped.</exception>
    public ValueTask ReadBarrierAsync(TimeSpan maxStaleness, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxStaleness, TimeSpan.Zero);
        Span<byte> payload = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(payload, maxStaleness.Ticks);
        return Ask(RingTag.StaleRead, payload, cancellationToken);
    }

    /// <summary>
    /// Changes the members of the cluster, by way of a joint configuration if the voters change (Raft §6). A node that is to become a voter is best added as a learner that is
    /// promotable: it becomes a voter by itself, once it has caught up. Its transport must be reachable by then, and it starts with an empty directory.
    /// </summary>
    /// <param name="target">The members to come to; not joint.</param>
    /// <param name="cancellationToken">Cancelled before the call: nothing is changed. Later: only ends the wait; the change goes on.</param>
    /// <returns>A task that ends when the change is committed, and applied on this node. Await it exactly once.</returns>
    /// <exception cref="ArgumentException"><paramref name="target"/> is joint.</exception>
    /// <exception cref="NotLeaderException">From the task: this node does not lead. Nothing was changed.</exception>
    /// <exception cref="RequestRefusedException">From the task: not now, or not at all. Nothing was changed.</exception>
    /// <exception cref="LogFullException">From the task: the log has no room. Nothing was changed.</exception>
    /// <exception cref="OutcomeUnknownException">From the task: leadership was lost, the node stopped, or nothing was committed for ten election timeouts, after the change had
    /// begun.</exception>
    /// <exception cref="RaftStoppedException">From the task: the node has stopped. Nothing was changed.</exception>
    public ValueTask ChangeMembersAsync(Configuration target, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (target.IsJoint)
        {
            throw new ArgumentException("A change leads to a configuration that is not joint.", nameof(target));
        }

        Span<byte> payload = stackalloc byte[ConfigurationFormat.MaxBytes];
        return Ask(RingTag.Change, payload[..ConfigurationFormat.Write(payload, target)], cancellationToken);
    }

    /// <summary>
    /// Hands leadership over to another voter (thesis §3.10): takes no more commands, lets it catch up, and has it stand for election. If it does not take over within an
    /// election timeout, this node goes on leading.
    /// </summary>
    /// <param name="nodeId">The node that is to lead; 0: of those that answer, the one whose log is the furthest.</param>
    /// <param name="cancellationToken">Ends the wait; the transfer goes on.</param>
    /// <returns>A task that ends when this node leads no more. Await it exactly once.</returns>
    /// <exception cref="NotLeaderException">From the task: this node does not lead.</exception>
    /// <exception cref="RequestRefusedException">From the task: the node is no voter, or has not answered for an election timeout; another transfer is under way; or it did not
    /// take over in time.</exception>
    /// <exception cref="RaftStoppedException">From the task: the node has stopped.</exception>
    public ValueTask TransferLeadershipAsync(ulong nodeId, CancellationToken cancellationToken = default)
    {
        Span<byte> payload = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(payload, nodeId);
        return Ask(RingTag.Transfer, payload, cancellationToken);
    }

    /// <summary>
    /// Hands leadership over to the voter whose log is the furthest of those that answer, if this node leads; otherwise it does nothing. Commands that were appended end with
    /// their results; later ones are refused with <see cref="NotLeaderException"/>, or go to the new leader if this node forwards. The node may be elected again.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait; the hand-over goes on.</param>
    /// <returns>A task that ends when this node does not lead.</returns>
    /// <exception cref="RequestRefusedException">No other voter answers, another transfer is under way, or the chosen node did not take over in time: this node goes on
    /// leading.</exception>
    /// <exception cref="RaftOverloadedException">Too many requests wait.</exception>
    /// <exception cref="ObjectDisposedException">The node has been stopped.</exception>
    public async ValueTask ResignAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await TransferLeadershipAsync(0, cancellationToken).ConfigureAwait(false);
        }
        catch (NotLeaderException)
        {
            // It does not lead: that is what was asked for.
        }
    }

    /// <summary>
    /// Stops as if the process had been killed: nothing is flushed, synced or said. For fault drills: what was acknowledged must survive it.
    /// </summary>
    /// <returns>A task that ends when the node's threads have ended and its directory can be opened again.</returns>
    public async ValueTask AbortAsync()
    {
        Volatile.Write(ref _abandon, 1);
        _loop.Stop(drain: false);
        await ((Task)_completion.Task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>
    /// Stops in order: takes no more commands; hands leadership over if this node leads and another voter answers (<see cref="ResignAsync"/>), for an election timeout at the
    /// most; gives the commands accepted up to a second to be committed and applied; syncs and closes the log, and closes the transport.
    /// May be called again, and from anywhere; but <see cref="IStateMachine{TResult}.Apply"/> must not wait for the task, which waits for it to return.
    /// </summary>
    /// <returns>A task that ends when the node has stopped.</returns>
    public async ValueTask DisposeAsync()
    {
        Interlocked.Exchange(ref _stopping, 1);
        _loop.Stop(drain: true);
        await ((Task)_completion.Task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static ulong RandomNumber()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private void RequireRoom(ReadOnlySpan<byte> command)
    {
        if (command.Length > _options.MaxCommandBytes)
        {
            throw new ArgumentException($"The command is {command.Length} bytes; {nameof(RaftOptions.MaxCommandBytes)} is {_options.MaxCommandBytes}.", nameof(command));
        }
    }

    private ValueTask<Applied<TResult>> Propose(RingTag what, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> rest, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Applied<TResult>>(cancellationToken);
        }

        return TryBegin(what, payload, rest, cancellationToken, out ValueTask<Applied<TResult>> proposal, out string bound) switch
        {
            TryProposeResult.Accepted => proposal,
            TryProposeResult.Stopped => ValueTask.FromException<Applied<TResult>>(Stopped()),
            _ => ValueTask.FromException<Applied<TResult>>(new RaftOverloadedException(
                bound, bound == nameof(RaftOptions.ProposalQueueBytes) ? _options.ProposalQueueBytes : _options.MaxInflightProposals)),
        };
    }

    // Brings a command to the loop, unless there is no room on the way.
    private TryProposeResult TryBegin(
        RingTag what, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> rest, CancellationToken cancellationToken, out ValueTask<Applied<TResult>> task, out string bound)
    {
        task = default;
        bound = nameof(RaftOptions.MaxInflightProposals);
        if (Volatile.Read(ref _stopping) != 0)
        {
            return TryProposeResult.Stopped;
        }

        Operation<Applied<TResult>>? proposal = _proposals.TryRent();
        if (proposal is null)
        {
            return TryProposeResult.Overloaded;
        }

        short version = proposal.Version;
        proposal.MayBeCancelled = cancellationToken.CanBeCanceled;
        Volatile.Read(ref _latencies)?.Begin(proposal); // acquire: pairs with the release in SampleLatencies
        if (!_inbox.TryAdd(what, proposal, payload, rest, isAlone: _proposals.InUse == 1))
        {
            proposal.Abandon();
            bound = nameof(RaftOptions.ProposalQueueBytes);
            return TryProposeResult.Overloaded;
        }

        if (cancellationToken.CanBeCanceled)
        {
            proposal.CancelWaitOn(cancellationToken);
        }

        task = new ValueTask<Applied<TResult>>(proposal, version);
        return TryProposeResult.Accepted;
    }

    private ValueTask Ask(RingTag what, ReadOnlySpan<byte> payload, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        if (Volatile.Read(ref _stopping) != 0)
        {
            return ValueTask.FromException(Stopped());
        }

        Operation<long>? request = _reads.TryRent();
        if (request is null)
        {
            return ValueTask.FromException(new RaftOverloadedException(nameof(RaftOptions.MaxPendingReads), _options.MaxPendingReads));
        }

        short version = request.Version;
        request.MayBeCancelled = cancellationToken.CanBeCanceled;
        if (!_inbox.TryAdd(what, request, payload, default, isAlone: _reads.InUse == 1))
        {
            request.Abandon();
            return ValueTask.FromException(new RaftOverloadedException(nameof(RaftOptions.ProposalQueueBytes), _options.ProposalQueueBytes));
        }

        if (cancellationToken.CanBeCanceled)
        {
            request.CancelWaitOn(cancellationToken);
        }

        return new ValueTask(request, version);
    }

    private RaftStoppedException Stopped() => new(_loop.Failure);

    internal async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        RaftIdentity identity = new(_options.ClusterId, _options.GroupId, _options.NodeId, _dataDirectory.LogId) { Handshake = _peers.Own };
        try
        {
            await _transport.StartAsync(identity, new MessageReceiver(_options, _inbox, _peers), cancellationToken).ConfigureAwait(false);
            NodeMessages.Started(
                _logger, _options.NodeId, _dataDirectory.Log.LastIndex, _dataDirectory.HardState.Current.Term, _dataDirectory.LogId, _dataDirectory.Log.TornTailBytes);
            if (_dataDirectory.IsTailInDoubt)
            {
                NodeMessages.TailInDoubt(_logger, _options.NodeId);
            }

            if (_status.Read().Configuration is { IsImposed: true } imposed)
            {
                NodeMessages.ConfigurationImposed(_logger, _options.NodeId, imposed);
            }

            WarnOfOtherVoters();
            _syncStage.Start();
            _applyStage.Start();
            _snapshotStage?.Start();
            _transferStage?.Start();
            _scrubber.Start();
            BeginMetrics();
            _loop.Start();
        }
        catch
        {
            _metrics?.Dispose();
            _snapshotStage?.Dispose();
            _transferStage?.Dispose();
            _scrubber.Dispose();
            _syncStage.Dispose();
            _applyStage.Dispose();
            throw;
        }
    }

    // The host may listen to meters, and its listeners are called here.
    private void BeginMetrics()
    {
        try
        {
            _metrics = new NodeMetrics(_options.NodeId, _options.GroupId, () => Status, GetPeers);
        }
#pragma warning disable CA1031 // Whatever it is, the node can do without.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            NodeMessages.NoMetrics(_logger, _options.NodeId, exception);
        }
    }

    private void WarnOfOtherVoters()
    {
        if (_options.FirstVoters is null && _status.Read().Configuration is { } members
            && !members.Members.Any(member => member.NodeId == _options.NodeId))
        {
            NodeMessages.NoMember(_logger, _options.NodeId, string.Join(' ', _options.Configuration.Voters), members);
        }

        string voters = string.Join(' ', _options.Configuration.Voters);
        HardStateFile hardState = _dataDirectory.HardState;
        if (hardState.FirstVoters is { } first && !first.Equals(_options.Configuration))
        {
            NodeMessages.OtherVotersThanBefore(_logger, _options.NodeId, voters, $"began with {first}");
        }
        else if (hardState.Origin == DirectoryOrigin.Joined && _options.FirstVoters is not null)
        {
            NodeMessages.OtherVotersThanBefore(_logger, _options.NodeId, voters, "joined a cluster that others had begun");
        }
    }

    /// <summary>Samples from now on where the time of commands goes that this node is given; of those that it appends as a leader, samples become complete. Those under way end
    /// with the sampler that began them.</summary>
    /// <param name="sampler">What takes the samples; null to end it.</param>
    internal void SampleLatencies(LatencySampler? sampler) => Volatile.Write(ref _latencies, sampler);

    private void FailFrom(Exception failure) => _loop.Fail(failure);

    /// <summary>On the loop's thread, its last act: the rest of the stop waits for that thread too, so it runs elsewhere.</summary>
    private void LoopEnded()
    {
        Interlocked.Exchange(ref _stopping, 1);
        new EngineThread(StopAll, $"raft {_options.NodeId} stop").Start(); // the thread pool may be blocked
    }

    // Each step runs even if an earlier one failed, so that no caller waits forever and no directory stays locked.
    private void StopAll()
    {
        _loop.Join();
        Exception? failure = null;

        // The callers first: their outcome no longer depends on other parts, while a transport or a disk may take its
        // time.
        Attempt(() => _metrics?.Dispose(), ref failure);
        Attempt(_applyStage.Dispose, ref failure);
        Attempt(() => _replica.Stop(_loop.Failure), ref failure);
        Attempt(() => _transport.DisposeAsync().AsTask().GetAwaiter().GetResult(), ref failure);
        Attempt(_syncStage.Dispose, ref failure);
        Attempt(() => _snapshotStage?.Dispose(), ref failure);
        Attempt(() => _transferStage?.Dispose(), ref failure);
        Attempt(_scrubber.Dispose, ref failure);
        Attempt(_loop.Failure is not null || Volatile.Read(ref _abandon) != 0 ? _dataDirectory.Abandon : _dataDirectory.Dispose, ref failure);
        End(_loop.Failure ?? failure);
    }

    private void End(Exception? failure)
    {
        RaftStatus last = _status.Read() with { Failure = failure };
        _events.End(in last);
        if (failure is null)
        {
            NodeMessages.Stopped(_logger, _options.NodeId);
            _completion.SetResult();
        }
        else
        {
            NodeMessages.Failed(_logger, _options.NodeId, failure.Message, failure);
            _completion.SetException(failure);
            _ = _completion.Task.Exception; // a Completion that is never awaited must not raise it again from the finalizer
        }
    }

    private static void Attempt(Action step, ref Exception? firstFailure)
    {
        try
        {
            step();
        }
#pragma warning disable CA1031 // Whatever it is, the other steps are taken too; the first failure counts.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            firstFailure ??= exception;
        }
    }
}
