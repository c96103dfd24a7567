using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Store;
using RaftEngine.Transport;

namespace RaftEngine.Samples.Kv.Demo;

/// <summary>One life of a replica: from its start to its stop or abort. A restart is a new one on the same directory and port.</summary>
internal sealed class DemoReplica : IAsyncDisposable
{
    private readonly TcpTransport _transport;

    private DemoReplica(ulong id, RaftNode<KvResult> node, TcpTransport transport, KvStateMachine store)
    {
        Id = id;
        Node = node;
        _transport = transport;
        Store = store;
    }

    /// <summary>The replica's id.</summary>
    public ulong Id { get; }

    /// <summary>Its node.</summary>
    public RaftNode<KvResult> Node { get; }

    /// <summary>Its state.</summary>
    public KvStateMachine Store { get; }

    /// <summary>Starts a replica from what its directory holds.</summary>
    public static async Task<DemoReplica> StartAsync(
        ulong id,
        string directory,
        Guid cluster,
        IReadOnlyDictionary<ulong, IPEndPoint> endPoints,
        CancellationToken cancellationToken)
    {
        TcpTransport transport = new(new TcpTransportOptions
        {
            ListenEndPoint = endPoints[id],
            Peers = endPoints.ToDictionary(pair => pair.Key, pair => (EndPoint)pair.Value),
        });
        RaftOptions options = new()
        {
            NodeId = id,
            Voters = [.. endPoints.Keys],
            DataDirectory = directory,
            ClusterId = cluster,
            Durability = Durability.Fsync,

            // What follows a result here is short and never blocks: count it, take the next word, propose that.
            RunContinuationsAsynchronously = false,
        };
        KvStateMachine store = new();
        try
        {
            RaftNode<KvResult> node = await RaftNode.StartAsync(options, store, transport, cancellationToken: cancellationToken).ConfigureAwait(false);
            return new DemoReplica(id, node, transport, store);
        }
        catch
        {
            await transport.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Stops as if the process had been killed, and closes its port.</summary>
    public async ValueTask AbortAsync()
    {
        await Node.AbortAsync().ConfigureAwait(false);
        await _transport.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync().ConfigureAwait(false);
        await _transport.DisposeAsync().ConfigureAwait(false);
    }
}
