using RaftEngine.Snapshots;

namespace RaftEngine.Pipeline;

/// <summary>Something that the loop and the transfer thread tell each other, and that must not get lost as a message may.</summary>
/// <param name="Kind">What.</param>
/// <param name="Peer">The peer, if it is about one.</param>
/// <param name="Index">The snapshot's index, if it is about one.</param>
/// <param name="Snapshot">The snapshot that has arrived.</param>
internal readonly record struct TransferEvent(TransferEventKind Kind, ulong Peer = 0, long Index = 0, SnapshotHeader? Snapshot = null);
