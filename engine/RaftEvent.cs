namespace RaftEngine;

/// <summary>Something that has happened to a node, as <see cref="RaftNode{TResult}.ReadEventsAsync"/> gives it.</summary>
/// <param name="Kind">What has happened.</param>
/// <param name="Status">The node's status right after.</param>
/// <param name="Dropped">How many events were dropped before this one, because their reader was too slow.</param>
public sealed record RaftEvent(RaftEventKind Kind, RaftStatus Status, long Dropped);
