using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using RaftEngine.Diagnostics;
using RaftEngine.Pipeline;

namespace RaftEngine;

/// <content>Waits for what the node's status says.</content>
public sealed partial class RaftNode<TResult>
{
    /// <summary>Waits until this node knows a leader of its current term, itself included. Any thread.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The leader's id. By the time the caller looks, it can be another.</returns>
    /// <exception cref="RaftStoppedException">From the task: the node has stopped.</exception>
    /// <exception cref="OperationCanceledException">From the task: the wait was cancelled.</exception>
    public async Task<ulong> WaitForLeaderAsync(CancellationToken cancellationToken = default) =>
        (await _status.WaitAsync(static status => status.LeaderId != 0, cancellationToken).ConfigureAwait(false)).LeaderId;

    /// <summary>Waits until this node's state machine has applied an index: of a command that another node acknowledged, say. Any
    /// thread.</summary>
    /// <param name="index">The index; it may lie in the future.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends when the state machine shows everything up to the index.</returns>
    /// <exception cref="RaftStoppedException">From the task: the node has stopped.</exception>
    /// <exception cref="OperationCanceledException">From the task: the wait was cancelled.</exception>
    public async Task WaitForAppliedAsync(long index, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _appliedWaits); // full fence: pairs with the one in WakeAppliedWaits
        try
        {
            await _status.WaitAsync(_ => _applyStage.AppliedIndex >= index, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _appliedWaits);
        }
    }

    /// <summary>
    /// Takes a snapshot now of what this node has applied, and gives up the log behind it as after any other snapshot. Commands go
    /// on meanwhile.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait; the snapshot goes on.</param>
    /// <returns>A task that ends when a snapshot of everything that was applied before the call is on disk.
    /// <see cref="RaftStatus.SnapshotIndex"/> names its index. Await it exactly once.</returns>
    /// <exception cref="NotSupportedException">The state machine is no <see cref="ISnapshotStateMachine{TResult}"/>.</exception>
    /// <exception cref="RequestRefusedException">From the task: nothing has been applied yet; or a snapshot of a leader waits to be
    /// installed first.</exception>
    /// <exception cref="Storage.StorageFailedException">From the task: the disk has no room.</exception>
    /// <exception cref="RaftOverloadedException">From the task: a bounded queue is full.</exception>
    /// <exception cref="RaftStoppedException">From the task: the node has stopped.</exception>
    public ValueTask TakeSnapshotAsync(CancellationToken cancellationToken = default) => _snapshotStage is not null
        ? Ask(RingTag.Snapshot, default, cancellationToken)
        : throw new NotSupportedException("The state machine takes no snapshots; ISnapshotStateMachine<TResult> makes it one that does.");

    /// <summary>
    /// Reads what happens to this node from now on: changes of role, leader and members, snapshots, a full log, a stalled disk, the
    /// stop. The enumeration ends with the node. A reader that is more than 1024 events behind loses the newest;
    /// <see cref="RaftEvent.Dropped"/> counts them. Events are told after the batch in which they happened: two changes within one
    /// batch can be told as one. Any thread.
    /// </summary>
    /// <param name="cancellationToken">Ends the enumeration with <see cref="OperationCanceledException"/>.</param>
    public async IAsyncEnumerable<RaftEvent> ReadEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ChannelReader<RaftEvent> events = _events.Open();
        try
        {
            await foreach (RaftEvent happened in events.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return happened;
            }
        }
        finally
        {
            _events.Close(events);
        }
    }

    // On the thread that has applied entries. The loop looks at the waits after its next batch.
    private void WakeAppliedWaits()
    {
        Interlocked.MemoryBarrier(); // pairs with the increment in WaitForAppliedAsync: this sees the wait, or it sees what is applied
        if (Volatile.Read(ref _appliedWaits) != 0)
        {
            _inbox.Turn.Wake();
        }
    }

    /// <summary>Waits until this node leads. Any thread.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The term that it leads, with a token that ends with it.</returns>
    /// <exception cref="RaftStoppedException">From the task: the node has stopped.</exception>
    /// <exception cref="OperationCanceledException">From the task: the wait was cancelled.</exception>
    public async Task<RaftLeadership> WaitForLeadershipAsync(CancellationToken cancellationToken = default)
    {
        RaftStatus leads = await _status.WaitAsync(static status => status.Role == RaftRole.Leader, cancellationToken).ConfigureAwait(false);
        long term = leads.Term;
        return new RaftLeadership(term, token => _status.WaitAsync(now => now.Role != RaftRole.Leader || now.Term != term, token));
    }
}
