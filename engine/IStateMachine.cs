namespace RaftEngine;

/// <summary>The replicated state machine: what the committed commands are applied to (Raft §2).</summary>
/// <typeparam name="TResult">What a command gives back to its proposer.</typeparam>
public interface IStateMachine<TResult>
{
    /// <summary>
    /// Applies one committed command. Called for every command of the log, in log order, each once per run of the process, one at a time: on the node's apply thread, or, with
    /// <see cref="RaftOptions.ApplyInline"/>, now and then on the thread that has found the command committed. What one call writes the next one sees, whatever thread it is on.
    /// It must be deterministic: the same log gives the same state on every replica. It must not throw: an exception stops the node, because a replica that
    /// skipped a command would differ from the others from then on.
    /// </summary>
    /// <param name="entry">The command; its payload is valid only during the call.</param>
    /// <returns>The command's result, handed to the proposer if it waits on this node.</returns>
    TResult Apply(in LogEntry entry);
}
