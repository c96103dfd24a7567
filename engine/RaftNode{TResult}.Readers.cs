using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using RaftEngine.Pipeline;

namespace RaftEngine;

/// <content>The log as a stream.</content>
public sealed partial class RaftNode<TResult>
{
    /// <summary>
    /// Reads committed commands from an index on, in order, each once, and goes on with new ones as they are committed on this
    /// node: at the reader's own pace, on any node. A reader that keeps the index of the last command that it has finished
    /// with goes on from the next one after a crash, without a gap or a repeat.
    /// </summary>
    /// <param name="fromIndex">The first index wanted, from 1. It may lie in the future.</param>
    /// <param name="readerName">A name makes the log wait for this reader, also while it is closed and until the same name is
    /// opened again or <see cref="ForgetReader"/> is called; but not beyond
    /// <see cref="RaftOptions.ReaderRetainedLogBytes"/>, nor past a restart of the node. Null: the log does not wait.</param>
    /// <param name="cancellationToken">Ends the enumeration with <see cref="OperationCanceledException"/>.</param>
    /// <returns>The commands. Each is valid until the next one is asked for. Nothing is allocated for a command; up to 256
    /// commands, or 64 KiB, are copied from the log at once.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="fromIndex"/> is below 1.</exception>
    /// <exception cref="LogCompactedException">From the enumeration: the log no longer holds the index. It carries the first one that it
    /// holds.</exception>
    /// <exception cref="InvalidOperationException">From the enumeration: a reader of that name is open.</exception>
    /// <exception cref="RaftOverloadedException">From the enumeration: 64 readers are open or held by name.</exception>
    /// <exception cref="RaftStoppedException">From the enumeration: the node has stopped.</exception>
    public IAsyncEnumerable<CommittedCommand> ReadCommittedAsync(
        long fromIndex, string? readerName = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fromIndex, 1);
        return ReadAsync(fromIndex, readerName, cancellationToken);
    }

    /// <summary>Gives up the log that is held for a reader's name, if no reader of that name is open. Any thread.</summary>
    /// <returns>True if any was held.</returns>
    public bool ForgetReader(string readerName) => _replica.Readers.Forget(readerName);

    private async IAsyncEnumerable<CommittedCommand> ReadAsync(
        long fromIndex, string? name, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        LogReader reader = _replica.Readers.Open(fromIndex, name);
        CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static reader => ((LogReader)reader!).CancelWaits(), reader);
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!reader.TryFill())
                {
                    await reader.WaitAsync().ConfigureAwait(false);
                }

                while (reader.TryTake(out CommittedCommand command))
                {
                    yield return command;
                }
            }
        }
        finally
        {
            registration.Dispose();
            _replica.Readers.Close(reader);
        }
    }
}
