using System;
using System.Buffers;

namespace RaftEngine;

/// <summary>
/// Writes down results, for a state machine that takes snapshots and serves client sessions: the results that sessions remember are part of every snapshot. The state machine
/// implements it beside <see cref="ISnapshotStateMachine{TResult}"/>. Called on a thread of the engine's, one call at a time of each.
/// </summary>
/// <typeparam name="TResult">What a command gives back.</typeparam>
public interface IResultFormat<TResult>
{
    /// <summary>Writes a result.</summary>
    /// <param name="result">The result.</param>
    /// <param name="destination">Where to.</param>
    void WriteResult(TResult result, IBufferWriter<byte> destination);

    /// <summary>Reads a result.</summary>
    /// <param name="bytes">What <see cref="WriteResult"/> wrote, maybe on another node. They have been checked, and are valid only during the call.</param>
    /// <returns>The result.</returns>
    TResult ReadResult(ReadOnlySpan<byte> bytes);
}
