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

    /// <summary>True if commands go to the leader from here; false if clients are told to go there.</summary>
    bool Forwards { get; }

    /// <summary>The time to write into a command: the default if this node does not lead.</summary>
    KvStamp StampNow();

    /// <summary>Replicates a command; see
    /// <see cref="RaftNode{TResult}.ProposeAsync(ReadOnlySpan{byte}, System.Threading.CancellationToken)"/>.</summary>
    ValueTask<Applied<KvResult>> ProposeAsync(ReadOnlySpan<byte> command);

    /// <summary>Waits until reads are linearizable; see
    /// <see cref="RaftNode{TResult}.ReadBarrierAsync(ReadConsistency, System.Threading.CancellationToken)"/>.</summary>
    ValueTask ReadBarrierAsync();
}
