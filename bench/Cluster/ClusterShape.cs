using System;
using System.Numerics;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Cluster;

/// <summary>What kind of cluster is measured.</summary>
/// <param name="Nodes">How many nodes, all voters.</param>
/// <param name="Durability">What "durable" means to them.</param>
/// <param name="Transport">How they reach each other.</param>
/// <param name="RunsInline">True if entries are applied, and results' continuations run, on the thread that finds them
/// committed: <see cref="RaftOptions.ApplyInline"/> is true, and <see
/// cref="RaftOptions.RunContinuationsAsynchronously"/> false.</param>
/// <param name="ProposalQueueBytes"><see cref="RaftOptions.ProposalQueueBytes"/>.</param>
/// <param name="IsExplained">True if it is to be seen where the time of commands goes.</param>
internal sealed record ClusterShape(int Nodes, Durability Durability, TransportKind Transport, bool RunsInline, int ProposalQueueBytes, bool IsExplained = false)
{
    /// <summary>The default of <see cref="RaftOptions.ProposalQueueBytes"/>.</summary>
    public const int DefaultProposalQueueBytes = 4 << 20;

    private const int LargestProposalQueueBytes = 64 << 20;

    /// <summary>Gives every node's options, out of those that follow from the rest.</summary>
    public Func<RaftOptions, RaftOptions> Adjust { get; init; } = static options => options;

    /// <summary>Makes the state machine of a node, by its id.</summary>
    public Func<ulong, ISnapshotStateMachine<long>> NewState { get; init; } = static _ => new FilledState(0);

    /// <summary>True if a command crosses the loopback before it is committed.</summary>
    public bool UsesSockets => Nodes > 1 && Transport != TransportKind.Memory;

    /// <summary>True if a command is synced before it is acknowledged.</summary>
    public bool Syncs => Durability == Durability.Fsync;

    /// <summary>The default, and larger only if the commands of all callers would not fit: who waits in one call each must not be refused.</summary>
    public static int ProposalQueueBytesFor(int callers, int payload) => (int)Math.Clamp(
        BitOperations.RoundUpToPowerOf2((ulong)(2L * callers * (payload + 64))), DefaultProposalQueueBytes, LargestProposalQueueBytes);
}
