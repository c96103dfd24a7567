using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using RaftEngine.Host;
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

    /// <summary>How long the caller of a cancelled start waits until everything is given back, as it mostly is at once.</summary>
    private static readonly TimeSpan CancellationPatience = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Opens the data directory, recovers the log, and joins the cluster. The state machine is handed over empty: the newest snapshot is restored into it, if it takes snapshots
    /// and there is one, and every committed command behind that is applied to it, in order.
    /// </summary>
    /// <remarks>
    /// The task is returned at once: the log is recovered and the state restored on a thread of their own. A cancelled start gives everything back, and its task ends after that.
    /// Only a state machine can hold that up, by a <see cref="ISnapshotStateMachine{TResult}.RestoreSnapshot"/> that runs on without reading from its stream: then the task ends
    /// half a second after the cancellation, and the directory stays locked and the state machine in use until it reads again or returns.
    /// </remarks>
    /// <typeparam name="TResult">What a command gives back.</typeparam>
    /// <param name="options">The node's options.</param>
    /// <param name="stateMachine">What committed commands are applied to.</param>
    /// <param name="transport">How it reaches its peers. The node disposes of it, also if it does not start.</param>
    /// <param name="logger">Where it tells what happens; nothing by default.</param>
    /// <param name="cancellationToken">Gives up starting; also in the middle of recovery and restore.</param>
    /// <returns>The node, running.</returns>
    /// <exception cref="ArgumentException">An option is outside its bounds.</exception>
    /// <exception cref="Log.DataDirectoryException">The directory is in use, or belongs to another node or cluster,
    /// or was written by a newer version; or its log begins behind a
    /// snapshot, and the state machine takes none.</exception>
    /// <exception cref="Log.LogCorruptedException">The log or the hard state is damaged where it was known to be on disk. Nothing was changed.</exception>
    /// <exception cref="Log.LogFullException">The disk has no room for a new directory's first segment.</exception>
    /// <exception cref="Snapshots.SnapshotCorruptedException">The snapshot is damaged, another cluster's, or contradicts the log.</exception>
    /// <exception cref="Storage.StorageFailedException">The operating system refused a read or a write.</exception>
    /// <exception cref="StateMachineFailedException">The state machine threw while it restored the snapshot.</exception>
    /// <exception cref="OperationCanceledException">The start was cancelled.</exception>
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
        Task<RaftNode<TResult>> start = RecoverAndStartAsync(options, stateMachine, transport, open, HostLogger.Of(logger), cancellationToken);
        try
        {
            return await start.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Task end = EndAsync(start);
            await end.WaitAsync(CancellationPatience, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    // Recovery and restore take as long as there is data, so they have a thread of their own. Whatever fails, everything is given back.
    private static async Task<RaftNode<TResult>> RecoverAndStartAsync<TResult>(
        RaftOptions options,
        IStateMachine<TResult> stateMachine,
        IRaftTransport transport,
        Func<IStorageDirectory> open,
        HostLogger logger,
        CancellationToken cancellationToken)
    {
        DataDirectory? dataDirectory = null;
        try
        {
            OptionChecks checks = options.Check();
            RequireRoomForMessages(checks, options, transport);
            checks.ThrowIfAny();
            LogOptions logOptions = LogOptionsOf(options) with { CancellationToken = cancellationToken };
            RaftNode<TResult> node = await EngineThread.RunAsync(
                () =>
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    ReplicatedState<TResult> state = new(stateMachine);
                    dataDirectory = Open(open(), logOptions, state.TakesSnapshots);
                    RestoredState start = StateRecovery.Restore(dataDirectory, options, state, cancellationToken);
                    return new RaftNode<TResult>(options, state, transport, logger, dataDirectory, start);
                },
                $"raft {options.NodeId} start").ConfigureAwait(false);
            await node.StartAsync(cancellationToken).ConfigureAwait(false);
            return node;
        }
        catch
        {
            dataDirectory?.Dispose();
            await transport.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // Of a start that its caller has given up: it fails by itself as soon as it looks at the token, or has just come about.
    private static async Task EndAsync<TResult>(Task<RaftNode<TResult>> start)
    {
        await ((Task)start).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (start.IsCompletedSuccessfully)
        {
            await (await start.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
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

    // A frame must hold what the node proposes, sends and forwards.
    private static void RequireRoomForMessages(OptionChecks checks, RaftOptions options, IRaftTransport transport)
    {
        long largestCommand = RecordFormat.SizeOf((uint)options.MaxEntryBytes);
        string expected = $"no more than the transport's frames hold: {transport.MaxBodyBytes} bytes with what stands around them";
        int most = transport.MaxBodyBytes;
        int largestMessage = Math.Max(options.MaxMessageBytes, SnapshotFormat.LargestPieceBytes);
        checks.Require(most >= largestMessage, nameof(options.MaxMessageBytes), options.MaxMessageBytes, expected);
        checks.Require(most >= largestCommand, nameof(options.MaxCommandBytes), options.MaxCommandBytes, expected);
    }

    /// <summary>What a node tells its peers of itself.</summary>
    internal static RaftHandshake HandshakeOf(RaftOptions options, DataDirectory dataDirectory) => new()
    {
        InitialVoters = dataDirectory.HardState.FirstVoters?.Voters ?? [],
        ClusterVersion = ClusterVersions.Newest,
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
        MaxUnsyncedBytes = options.Durability == Durability.Fsync ? MaxUnsyncedBytes : 0, // the other modes do not sync, so there is no bound to keep
    };
}
