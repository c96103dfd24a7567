using System;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>A replica that is a running <see cref="RaftNode{TResult}"/>.</summary>
internal sealed class RaftReplica : IKvReplica
{
    private readonly RaftNode<KvResult> _node;
    private readonly LeaderClock _clock;

    /// <summary>The node, the state machine it was started with, and whether it sends commands to the leader.</summary>
    public RaftReplica(RaftNode<KvResult> node, KvStateMachine store, bool forwards)
    {
        _node = node;
        _clock = new LeaderClock(store, TimeProvider.System);
        Store = store;
        Forwards = forwards;
    }

    /// <inheritdoc/>
    public RaftStatus Status => _node.Status;

    /// <inheritdoc/>
    public KvStateMachine Store { get; }

    /// <inheritdoc/>
    public bool Forwards { get; }

    /// <inheritdoc/>
    public KvStamp StampNow()
    {
        RaftStatus status = _node.Status;
        return status.Role == RaftRole.Leader ? _clock.Now(status.Term) : default;
    }

    /// <inheritdoc/>
    public ValueTask<Applied<KvResult>> ProposeAsync(ReadOnlySpan<byte> command) => _node.ProposeAsync(command);

    /// <inheritdoc/>
    public ValueTask ReadBarrierAsync() => _node.ReadBarrierAsync();
}
