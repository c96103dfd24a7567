using System;
using System.IO;

namespace RaftEngine;

/// <summary>
/// A state machine that can save its state and restore it (Raft §7). With one, the log does not grow forever, and a
/// start reads the state instead of applying every command again.
/// </summary>
/// <typeparam name="TResult">What a command gives back to its proposer.</typeparam>
public interface ISnapshotStateMachine<TResult> : IStateMachine<TResult>
{
    /// <summary>
    /// Captures the state as it is after the last command applied. Called between two commands, as <see cref="IStateMachine{TResult}.Apply"/> is; they wait for it: it should
    /// take a moment, whatever the size of the state, as a persistent structure or a copy on write allows.
    /// </summary>
    /// <returns>What writes the captured state to a stream. It is called once, on another thread, while commands go on being applied. An exception of it stops the node.</returns>
    Action<Stream> CaptureSnapshot();

    /// <summary>
    /// Replaces the state by one that was captured before, perhaps on another node. Called before the first command is applied, or between two commands, as
    /// <see cref="IStateMachine{TResult}.Apply"/> is. It must read exactly what was written. An exception stops the node.
    /// While a node starts, a read from the stream throws <see cref="OperationCanceledException"/> once the start is cancelled.
    /// </summary>
    /// <param name="stream">The state. Its bytes have been checked.</param>
    void RestoreSnapshot(Stream stream);
}
