using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RaftEngine.Log;
using RaftEngine.Pipeline;
using RaftEngine.Sessions;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine;

/// <summary>Starts nodes.</summary>
public static class RaftNode
{
    private const int MaxUnsyncedBytes = 16 << 20;

    /// <summary>
    /// Opens the data directory, recovers the log, and joins the cluster. The state machine is handed over empty: the newest snapshot is restored into it, if it takes snapshots
    /// and there is one, and every committed command behind that is applied to it, in order.
    /// </summary>
    /// <typeparam name="TResult">What a command gives back.</typeparam>
    /// <param name="options">The node's options.</param>
    /// <param name="stateMachine">What committed commands are applied to.</param>
    /// <param name="transport">How it reaches its peers. The node disposes of it, also if it does not start.</param>
    /// <param name="logger">Where it tells what happens; nothing by default.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <returns>The node, running.</returns>
    /// <exception cref="ArgumentException">An option is outside its bounds.</exception>
    /// <exception cref="Log.DataDirectoryException">The directory is in use, or belongs to another node or cluster, or was written by a newer version.</exception>
    /// <exception cref="Log.LogCorruptedException">The log or the hard state is damaged where it was known to be on disk. Nothing was changed.</exception>
    /// <exception cref="Snapshots.SnapshotCorruptedException">The snapshot is damaged, another cluster's, or contradicts the log.</exception>
    /// <exception cref="Storage.StorageFailedException">The operating system refused a read or a write.</exception>
    public static ValueTask<RaftNode<TResult>> StartAsync<TResult>(
        RaftOptions options,
        IStateMachine<TResult> stateMachine,
        IRaftTransport transport,
        ILogger? logger = null,
        CancellationToken cancellationToken = default) =>
        StartOnAsync(options, stateMachine, transport, () => FileSystemDirectory.OpenOrCreate(options.DataDirectory), logger, cancellationToken);

    /// <summary>As <see cref="StartAsync"/>, on a data directory that the caller opens.</summary>
    internal static async ValueTask<RaftNode<TResult>> StartOnAsync<TResult>(
        RaftOptions options,
        IStateMachine<TResult> stateMachine,
        IRaftTransport transport,
        Func<IStorageDirectory> open,
        ILogger? logger = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(stateMachine);
        ArgumentNullException.ThrowIfNull(transport);
        try
        {
            options.Validate();
            LogOptions logOptions = LogOptionsOf(options);
            RequireRoomForMessages(options, logOptions, transport);
            cancellationToken.ThrowIfCancellationRequested();
            ReplicatedState<TResult> state = new(stateMachine);
            DataDirectory dataDirectory = Open(open(), logOptions, state.TakesSnapshots);
            try
            {
                RestoredState start = StateRecovery.Restore(dataDirectory, options, state);
                RaftNode<TResult> node = new(options, state, transport, logger ?? NullLogger.Instance, dataDirectory, start);
                await node.StartAsync(cancellationToken).ConfigureAwait(false);
                return node;
            }
            catch
            {
                dataDirectory.Dispose();
                throw;
            }
        }
        catch
        {
            await transport.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // What will be applied is verified first, and that is what the newest snapshot does not include. Until the directory is locked, another process may change which one
    // that is: it can only become a later one.
    private static DataDirectory Open(IStorageDirectory directory, LogOptions logOptions, bool startsFromSnapshot)
    {
        try
        {
            logOptions = startsFromSnapshot ? logOptions with { VerifyFromIndex = SnapshotStore.NewestIndex(directory) + 1 } : logOptions;
        }
        catch
        {
            directory.Dispose();
            throw;
        }

        return DataDirectory.Open(directory, logOptions);
    }

    private static void RequireRoomForMessages(RaftOptions options, LogOptions logOptions, IRaftTransport transport)
    {
        int largestBody = Math.Max(Math.Max(options.MaxMessageBytes, SnapshotFormat.LargestPieceBytes), logOptions.LargestRecordBytes);
        if (transport.MaxBodyBytes < largestBody)
        {
            throw new ArgumentException(
                $"The frames of the transport hold bodies of {transport.MaxBodyBytes} bytes at most; {nameof(RaftOptions)}.{nameof(RaftOptions.MaxMessageBytes)} and "
                + $"{nameof(RaftOptions.MaxCommandBytes)} allow for {largestBody}.",
                nameof(transport));
        }
    }

    /// <summary>What a node tells its peers of itself.</summary>
    internal static RaftHandshake HandshakeOf(RaftOptions options, DataDirectory dataDirectory) => new()
    {
        InitialVoters = dataDirectory.HardState.FirstVoters?.Voters ?? [],
        MaxCommandBytes = options.MaxCommandBytes,
        MaxMessageBytes = options.MaxMessageBytes,
        ElectionTimeout = options.ElectionTimeout,
    };

    /// <summary>How the log of a node is opened.</summary>
    internal static LogOptions LogOptionsOf(RaftOptions options) => new()
    {
        ClusterId = options.ClusterId,
        GroupId = options.GroupId,
        NodeId = options.NodeId,
        FirstVoters = options.FirstVoters,
        SegmentSizeBytes = options.SegmentSizeBytes,
        MaxPayloadBytes = options.MaxEntryBytes,
        MaxLogBytes = options.MaxLogBytes,
        MaxUnsyncedBytes = options.Durability == Durability.Fsync ? MaxUnsyncedBytes : 0, // nobody syncs in the other modes, so there is no bound to keep
    };
}
