using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RaftEngine.Protocol;

namespace RaftEngine.Hosting;

/// <summary>
/// A node as a service of the host: starts with it, hands leadership over and stops with it, and stops it if the node
/// fails. Between, it is the node.
/// </summary>
internal sealed partial class HostedRaftNode<TResult>(
    string name,
    Func<RaftHostOptions> options,
    Func<IStateMachine<TResult>> stateMachine,
    Func<RaftHostOptions, ILogger, IRaftTransport> transport,
    IHostApplicationLifetime lifetime,
    ILoggerFactory loggers) : IRaftNode<TResult>, IHostedRaftNode, IHostedService, IAsyncDisposable, IDisposable
{
    private readonly ILogger _logger = loggers.CreateLogger($"RaftEngine.{name}");
    private RaftNode<TResult>? _node;

    public string Name => name;

    public RaftHostOptions Options => options();

    public RaftStatus Status => Node.Status;

    public Task Completion => Node.Completion;

    RaftStatus? IHostedRaftNode.StatusIfStarted => _node?.Status;

    private RaftNode<TResult> Node =>
        _node ?? throw new InvalidOperationException($"Raft \"{name}\" has not been started: the host starts it with its other services.");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        RaftHostOptions settings = options();
        IRaftTransport made = transport(settings, loggers.CreateLogger($"RaftEngine.{name}.Transport"));
        _node = await RaftNode.StartAsync(RaftHostSettings.EngineOptions(settings), stateMachine(), made, _logger, cancellationToken).ConfigureAwait(false);
        _ = StopHostOnFailureAsync(_node, settings);
    }

    /// <summary>Hands leadership over and stops, within the host's shutdown timeout.</summary>
    /// <exception cref="RaftStoppedException">The node had failed, and the host stops for that reason: the cause is in it.</exception>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_node is not { } node)
        {
            return;
        }

        await node.DisposeAsync().AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
        if (node.Completion.Exception?.InnerException is { } failure && options().StopHostOnFailure)
        {
            throw new RaftStoppedException(failure);
        }
    }

    public ValueTask DisposeAsync() => _node?.DisposeAsync() ?? default;

    /// <summary>For a container that is disposed of without waiting: a host has stopped the node before.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public RaftPeerStatus[] GetPeers() => Node.GetPeers();

    public ValueTask<Applied<TResult>> ProposeAsync(ReadOnlySpan<byte> command, CancellationToken cancellationToken = default) =>
        Node.ProposeAsync(command, cancellationToken);

    public ValueTask ReadBarrierAsync(ReadConsistency consistency = ReadConsistency.Linearizable, CancellationToken cancellationToken = default) =>
        Node.ReadBarrierAsync(consistency, cancellationToken);

    public Task<ulong> WaitForLeaderAsync(CancellationToken cancellationToken = default) => Node.WaitForLeaderAsync(cancellationToken);

    public Task<RaftLeadership> WaitForLeadershipAsync(CancellationToken cancellationToken = default) => Node.WaitForLeadershipAsync(cancellationToken);

    public TryProposeResult TryPropose(
        ReadOnlySpan<byte> command, out ValueTask<Applied<TResult>> proposal, CancellationToken cancellationToken = default) =>
        Node.TryPropose(command, out proposal, cancellationToken);

    public Task WaitForAppliedAsync(long index, CancellationToken cancellationToken = default) => Node.WaitForAppliedAsync(index, cancellationToken);

    public IAsyncEnumerable<RaftEvent> ReadEventsAsync(CancellationToken cancellationToken = default) => Node.ReadEventsAsync(cancellationToken);

    public ValueTask TakeSnapshotAsync(CancellationToken cancellationToken = default) => Node.TakeSnapshotAsync(cancellationToken);

    public IAsyncEnumerable<CommittedCommand> ReadCommittedAsync(
        long fromIndex, string? readerName = null, CancellationToken cancellationToken = default) =>
        Node.ReadCommittedAsync(fromIndex, readerName, cancellationToken);

    public ValueTask ResignAsync(CancellationToken cancellationToken = default) => Node.ResignAsync(cancellationToken);

    public ValueTask TransferLeadershipAsync(ulong nodeId, CancellationToken cancellationToken = default) =>
        Node.TransferLeadershipAsync(nodeId, cancellationToken);

    public ValueTask ChangeMembersAsync(Configuration target, CancellationToken cancellationToken = default) =>
        Node.ChangeMembersAsync(target, cancellationToken);

    [LoggerMessage(5001, LogLevel.Critical, "Raft \"{Name}\" has failed, and the host stops: {Reason}")]
    private static partial void HostStops(ILogger logger, string name, string reason, Exception failure);

    private async Task StopHostOnFailureAsync(RaftNode<TResult> node, RaftHostOptions settings)
    {
        await node.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (node.Completion.Exception?.InnerException is { } failure && settings.StopHostOnFailure)
        {
            HostStops(_logger, name, failure.Message, failure);
            lifetime.StopApplication();
        }
    }
}
