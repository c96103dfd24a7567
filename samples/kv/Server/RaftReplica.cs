using System;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>A replica that is a running <see cref="RaftNode{TResult}"/>.</summary>
internal sealed class RaftReplica : IKvReplica
{
    private readonly RaftNode<KvResult> _node;
    private readonly string? _backup;

    /// <summary>The node, the state machine it was started with, and the file that backups go to, if any.</summary>
    public RaftReplica(RaftNode<KvResult> node, KvStateMachine store, string? backup)
    {
        _node = node;
        _backup = backup;
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

    /// <inheritdoc/>
    public async ValueTask SaveAsync()
    {
        string path = _backup ?? throw new InvalidOperationException("it was started without --backup FILE");
        await _node.ReadBarrierAsync().ConfigureAwait(false);
        await _node.BackupAsync(path).ConfigureAwait(false);
    }
}
