using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Host;
using RaftEngine.Protocol;

namespace RaftEngine.Transport;

/// <summary>One node's end of an <see cref="InMemoryNetwork"/>.</summary>
internal sealed class InMemoryTransport : IRaftTransport
{
    private readonly InMemoryNetwork _network;
    private readonly Gate _lifecycle = new();

    // Guarded by _lifecycle.
    private Task? _disposal;

    // Set by the start, before the network knows of it.
    private IRaftReceiver? _receiver;

    // Replaced as a whole under the network's lock; the volatile read by the sending thread pairs with that write and sees a finished array.
    private volatile InMemoryLink[] _links = [];

    public InMemoryTransport(InMemoryNetwork network, ulong nodeId)
    {
        _network = network;
        NodeId = nodeId;
        Deliveries = new DeliveryThread($"raft {nodeId} transport");
    }

    /// <summary>The node.</summary>
    public ulong NodeId { get; }

    /// <summary>Who the node is, once started.</summary>
    public RaftIdentity Identity { get; private set; }

    /// <summary>Where messages to this node go, once started.</summary>
    public IRaftReceiver Receiver => _receiver ?? throw new InvalidOperationException("The transport has not been started.");

    /// <summary>The thread on which this node is handed its messages.</summary>
    public DeliveryThread Deliveries { get; }

    /// <inheritdoc/>
    public ValueTask StartAsync(RaftIdentity identity, IRaftReceiver receiver, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        cancellationToken.ThrowIfCancellationRequested();
        if (identity.NodeId != NodeId)
        {
            throw new ArgumentException($"This is the transport of node {NodeId}, not of node {identity.NodeId}.", nameof(identity));
        }

        using (_lifecycle.Enter())
        {
            ObjectDisposedException.ThrowIf(_disposal is not null, this);
            if (_receiver is not null)
            {
                throw new InvalidOperationException("A transport is started once.");
            }

            Deliveries.Start();
            Identity = identity;
            _receiver = receiver;
        }

        _network.Attach(this);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public bool Send(in Message message, ReadOnlySpan<byte> body) => FindLink(message.To) is { } link && link.Send(in message, body);

    /// <inheritdoc/>
    public void Disconnect(ulong nodeId) => _network.Break(nodeId, NodeId);

    /// <inheritdoc/>
    public void Flush()
    {
        foreach (InMemoryLink link in _links)
        {
            link.Flush();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        using (_lifecycle.Enter())
        {
            return new ValueTask(_disposal ??= _network.DetachAsync(this));
        }
    }

    /// <summary>Tells this node that messages to another may have been lost.</summary>
    public void ReportUnreachable(ulong nodeId) => _receiver?.ReportUnreachable(nodeId);

    /// <summary>The link to a node, if there is one.</summary>
    public InMemoryLink? FindLink(ulong to)
    {
        foreach (InMemoryLink link in _links)
        {
            if (link.To == to)
            {
                return link;
            }
        }

        return null;
    }

    /// <summary>Adds a link. Under the network's lock.</summary>
    public void Link(InMemoryLink link) => _links = [.. _links, link];

    /// <summary>Takes the link to a node away. Under the network's lock.</summary>
    public InMemoryLink? Unlink(ulong to)
    {
        InMemoryLink? found = FindLink(to);
        _links = Array.FindAll(_links, link => link != found);
        return found;
    }

    /// <summary>Takes all links away. Under the network's lock.</summary>
    public IReadOnlyList<InMemoryLink> UnlinkAll()
    {
        InMemoryLink[] links = _links;
        _links = [];
        return links;
    }
}
