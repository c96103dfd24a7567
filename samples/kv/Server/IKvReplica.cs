using System;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>What a connection needs of the node behind it.</summary>
internal interface IKvReplica
{
    /// <summary>The node's state.</summary>
    RaftStatus Status { get; }

    /// <summary>The state machine, for reads.</summary>
    KvStateMachine Store { get; }

    /// <summary>Replicates a command; see <see cref="RaftNode{TResult}.ProposeAsync"/>.</summary>
    ValueTask<Applied<KvResult>> ProposeAsync(ReadOnlySpan<byte> command);

    /// <summary>Waits until reads are linearizable; see <see cref="RaftNode{TResult}.ReadBarrierAsync"/>.</summary>
    ValueTask ReadBarrierAsync();

    /// <summary>Backs up all that was acknowledged before; see <see cref="RaftNode{TResult}.BackupAsync"/>.</summary>
    ValueTask SaveAsync();
}
