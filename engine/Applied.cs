namespace RaftEngine;

/// <summary>A command that is durable on a majority, committed, and applied on this node.</summary>
/// <typeparam name="TResult">The state machine's result type.</typeparam>
/// <param name="Index">The command's log index.</param>
/// <param name="Term">The term it was appended in.</param>
/// <param name="Result">What the state machine returned for it.</param>
public readonly record struct Applied<TResult>(long Index, long Term, TResult Result);
