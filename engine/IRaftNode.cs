using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;

namespace RaftEngine;

/// <summary>What a service does with a node: the part of <see cref="RaftNode{TResult}"/> that a test may replace.</summary>
/// <typeparam name="TResult">What a command gives back.</typeparam>
public interface IRaftNode<TResult>
{
    /// <inheritdoc cref="RaftNode{TResult}.Status"/>
    RaftStatus Status { get; }

    /// <inheritdoc cref="RaftNode{TResult}.Completion"/>
    Task Completion { get; }

    /// <inheritdoc cref="RaftNode{TResult}.GetPeers"/>
    RaftPeerStatus[] GetPeers();

    /// <inheritdoc cref="RaftNode{TResult}.ProposeAsync(ReadOnlySpan{byte}, CancellationToken)"/>
    ValueTask<Applied<TResult>> ProposeAsync(ReadOnlySpan<byte> command, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="RaftNode{TResult}.TryPropose"/>
    TryProposeResult TryPropose(ReadOnlySpan<byte> command, out ValueTask<Applied<TResult>> proposal, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="RaftNode{TResult}.ReadBarrierAsync(ReadConsistency, CancellationToken)"/>
    ValueTask ReadBarrierAsync(ReadConsistency consistency = ReadConsistency.Linearizable, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="RaftNode{TResult}.WaitForLeaderAsync"/>
    Task<ulong> WaitForLeaderAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="RaftNode{TResult}.WaitForLeadershipAsync"/>
    Task<RaftLeadership> WaitForLeadershipAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="RaftNode{TResult}.WaitForAppliedAsync"/>
    Task WaitForAppliedAsync(long index, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="RaftNode{TResult}.ReadEventsAsync"/>
    IAsyncEnumerable<RaftEvent> ReadEventsAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="RaftNode{TResult}.TakeSnapshotAsync"/>
    ValueTask TakeSnapshotAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="RaftNode{TResult}.ReadCommittedAsync"/>
    IAsyncEnumerable<CommittedCommand> ReadCommittedAsync(long fromIndex, string? readerName = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="RaftNode{TResult}.ResignAsync"/>
    ValueTask ResignAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="RaftNode{TResult}.TransferLeadershipAsync"/>
    ValueTask TransferLeadershipAsync(ulong nodeId, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="RaftNode{TResult}.ChangeMembersAsync"/>
    ValueTask ChangeMembersAsync(Configuration target, CancellationToken cancellationToken = default);
}
