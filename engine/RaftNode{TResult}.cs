using System;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine;

/// <summary>STUB.</summary>
/// <typeparam name="TResult">What a command gives back.</typeparam>
public sealed class RaftNode<TResult> : IAsyncDisposable
{
    internal RaftNode()
    {
    }

    /// <summary>The node's state as of its last batch. Any thread; takes no lock and allocates nothing.</summary>
    public RaftStatus Status => throw new NotSupportedException();

    /// <summary>Ends when the node has stopped; faulted with the cause if a failure stopped it.</summary>
    public Task Completion => throw new NotSupportedException();

    /// <summary>Replicates a command; the bytes are copied before the call returns. Completes when it is durable on a majority, committed, and applied here.
    /// Fails with NotLeaderException / RaftOverloadedException (never appended) or OutcomeUnknownException.</summary>
    public ValueTask<Applied<TResult>> ProposeAsync(ReadOnlySpan<byte> command, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Completes when this node's state machine reflects everything acknowledged before the call. NotLeaderException on a node that does not lead.</summary>
    public ValueTask ReadBarrierAsync(ReadConsistency consistency = ReadConsistency.Linearizable, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Stops as if the process had been killed: no flush, no goodbye. For fault drills.</summary>
    public ValueTask AbortAsync() => throw new NotSupportedException();

    /// <summary>Stops in order: takes no more, syncs, closes. Idempotent.</summary>
    public ValueTask DisposeAsync() => throw new NotSupportedException();
}
