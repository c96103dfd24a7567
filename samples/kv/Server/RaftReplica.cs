using System;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>A replica that is a running <see cref="RaftNode{TResult}"/>.</summary>
internal sealed class RaftReplica : IKvReplica
{
    private readonly RaftNode<KvResult> _node;

    /// <summary>The node and the state machine it was started with.</summary>
    public RaftReplica(RaftNode<KvResult> node, KvStateMachine store)
    {
        _node = node;
        Store = store;
    }

    /// <inheritdoc/>
    public RaftStatus Status => _node.Status;

    /// <inheritdoc/>
    public KvStateMachine Store { get; }

    /// <inheritdoc/>
    public ValueTask<Applied<KvResult>> ProposeAsync(ReadOnlySpan<byte> command) => _node.ProposeAsync(command);

    /// <inheritdoc/>
    public ValueTask ReadBarrierAsync() => _node.ReadBarrierAsync();
}
